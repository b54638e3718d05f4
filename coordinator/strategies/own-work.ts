import type { SelectionJob } from '../../shared/job/job.ts';
import type { OwnWork } from '../rounds/types.ts';
import { select } from './selection.ts';
import type { Piece, PlanContext } from './strategy.ts';

/** Work on the rows of the participants that are selected for this round. */
export function planOwnWork(
  context: PlanContext,
  work: OwnWork,
  selection: SelectionJob | undefined,
): Piece[] {
  if (context.outstanding > 0 || context.received > 0) return [];
  const patienceMs = selection?.deadline === undefined ? undefined : selection.deadline * 1000;
  return select(context, selection).map(({ id }) => ({
    member: id,
    work,
    ...(patienceMs !== undefined && { patienceMs }),
  }));
}

/** Updates that are enough of so many that were asked for: those that over-selection does not want. */
export function goalOf(selection: SelectionJob | undefined): (asked: number) => number {
  return (asked) => Math.max(1, Math.round(asked / (selection?.over ?? 1)));
}
