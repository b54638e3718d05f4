import type { SelectionJob } from '../../shared/job/job.ts';
import { drawWeighted, sample } from './draw.ts';
import type { Candidate, PlanContext } from './strategy.ts';
import { idle } from './synchronous.ts';
import { byUtility } from './utility.ts';

type Policy = SelectionJob['policy'];

/** The participants that are asked in a round: all that are idle, or as many as the job says, drawn with the run's random state. */
export function select(context: PlanContext, selection: SelectionJob | undefined): readonly Candidate[] {
  if (selection === undefined) return idle(context);
  return choose(context, Math.ceil(wanted(context, selection) * selection.over), selection.policy);
}

/** How many answers a round wants. */
export function wanted(context: PlanContext, { participants }: SelectionJob): number {
  return participants < 1 ? Math.max(1, Math.round(participants * context.members.length)) : participants;
}

/** So many of the idle members at most, in the order of their joining, which is that of summation. */
export function choose(
  context: PlanContext,
  count: number,
  policy: Policy = 'uniform',
): readonly Candidate[] {
  if (count <= 0) return [];
  const free = idle(context);
  if (free.length <= count) return free;
  const drawn = new Set(POLICIES[policy](free, count, context));
  return free.filter((candidate) => drawn.has(candidate));
}

/** Each gives `count` of more candidates than that. */
const POLICIES: Readonly<
  Record<Policy, (from: readonly Candidate[], count: number, context: PlanContext) => readonly Candidate[]>
> = {
  uniform: (from, count, { random }) => sample(from, count, random),
  weighted: (from, count, { random }) => drawWeighted(from, count, ({ rows }) => rows?.examples ?? 1, random),
  availability: leastAsked,
  utility: byUtility,
};

/** Who is seldom there takes part when it is: those that were asked least, among equals by lot. */
function leastAsked(
  from: readonly Candidate[],
  count: number,
  { random }: PlanContext,
): readonly Candidate[] {
  return sample(from, from.length, random)
    .map((candidate, place) => ({ candidate, place, asked: candidate.history?.asked ?? 0 }))
    .sort((a, b) => a.asked - b.asked || a.place - b.place)
    .slice(0, count)
    .map(({ candidate }) => candidate);
}
