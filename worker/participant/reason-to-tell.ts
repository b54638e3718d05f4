import { DataError } from '../../shared/data/data-error.ts';
import { ParticipationRefused } from './asked.ts';

/**
 * What a coordinator is told of a fault on a participant's side. Its own message stays here: it may hold a cell of the table, or a path.
 */
export function reasonToTell(error: Error): string {
  if (error instanceof ParticipationRefused) return error.message;
  return error instanceof DataError
    ? 'the participant’s data do not fit the run; its own log says where'
    : 'the work failed on the participant’s side; its own log says why';
}
