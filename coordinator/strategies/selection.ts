import type { SelectionJob } from '../../shared/job/job.ts';
import type { Candidate, PlanContext } from './strategy.ts';
import { idle } from './synchronous.ts';

/** The participants that are asked in a round: all that are idle, or as many as the job says, drawn with the run's random state. */
export function select(context: PlanContext, selection: SelectionJob | undefined): readonly Candidate[] {
  const free = idle(context);
  if (selection === undefined) return free;
  const { participants, over } = selection;
  const wanted =
    participants < 1 ? Math.max(1, Math.round(participants * context.members.length)) : participants;
  return sample(free, Math.ceil(wanted * over), context.random);
}

/** Fisher and Yates; those that are drawn stay in the order of their joining. */
function sample<T>(from: readonly T[], count: number, random: () => number): readonly T[] {
  if (from.length <= count) return from;
  const indices = from.map((_, index) => index);
  for (let i = 0; i < count; i++) {
    const j = i + Math.floor(random() * (indices.length - i));
    [indices[i], indices[j]] = [indices[j] as number, indices[i] as number];
  }
  const drawn = new Set(indices.slice(0, count));
  return from.filter((_, index) => drawn.has(index));
}
