import type { AssignmentId } from './types.ts';

/** Which life of the coordinator made an assignment, in which round, as which in that life; NaN where an id is none of ours. */
export function numberOf(id: AssignmentId): {
  readonly incarnation: number;
  readonly round: number;
  readonly number: number;
} {
  const [incarnation = Number.NaN, round = Number.NaN, number = Number.NaN] = id.split('-').map(Number);
  return { incarnation, round, number };
}
