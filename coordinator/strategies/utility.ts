import { drawWeighted } from './draw.ts';
import type { Candidate, PlanContext } from './strategy.ts';

/** Share of a round that goes to members of which nothing is known: at first, from round to round, and at least. */
const EXPLORATION = { first: 0.9, decay: 0.98, least: 0.2 };
/** Exponent of the penalty on members that take longer than preferred. */
const SLOWNESS = 2;
/** A member's pace is worth the wait if it is within that of so many of all. */
const PREFERRED = 0.8;
/** Members whose utility is near the last one that would be taken may be taken too. */
const CUTOFF = 0.95;
/** No utility counts for more than that of so many of all: one row with an extreme loss is an outlier. */
const CLIP = 0.95;

/**
 * Oort (Lai et al. 2021, "Oort: efficient federated learning via guided participant selection", algorithm 1). The utility of a member
 * is what its rows still teach, over the time that it takes when it is slower than preferred (T, the 80th percentile of all):
 *
 *   uₖ = nₖ Fₖ · (T/tₖ)^α if tₖ > T, and + √(0.1 ln R / rₖ) of the largest for one that was last seen in round rₖ
 *
 * Fₖ is the mean loss of its last update: the paper's √(mean of squared losses) needs losses by example, which do not leave a member.
 * A share ε of the round explores members that have not trained yet, the faster ones rather; it falls from 0.9 by 2 % a round to 0.2.
 */
export function byUtility(
  from: readonly Candidate[],
  count: number,
  context: PlanContext,
): readonly Candidate[] {
  const { round, random } = context;
  const known = from.filter(({ history }) => history?.last !== undefined);
  const strangers = from.filter(({ history }) => history?.last === undefined);
  const share = Math.max(EXPLORATION.least, EXPLORATION.first * EXPLORATION.decay ** round);
  const exploring = Math.min(strangers.length, Math.max(count - known.length, Math.round(share * count)));
  const explored = drawWeighted(strangers, exploring, ({ speed }) => speed ?? 1, random);
  return [...explored, ...exploit(known, count - exploring, context)];
}

/** Those of most utility, drawn in proportion to it from all that are near the last of them. */
function exploit(
  known: readonly Candidate[],
  count: number,
  { round, random }: PlanContext,
): readonly Candidate[] {
  if (count <= 0) return [];
  const times = known.map(timeOf);
  const preferred = quantile(times, PREFERRED);
  const plain = known.map((candidate, i) => statistical(candidate) * pacing(times[i]!, preferred));
  const most = quantile(plain, CLIP);
  const scored = known.map((candidate, i) => ({
    candidate,
    utility: Math.min(plain[i]!, most) + most * staleness(candidate, round),
  }));
  const descending = [...scored].sort((a, b) => b.utility - a.utility);
  const cutoff = CUTOFF * (descending[Math.min(count, descending.length) - 1]?.utility ?? 0);
  const pool = scored.filter(({ utility }) => utility >= cutoff);
  return drawWeighted(pool, count, ({ utility }) => Math.max(utility, Number.MIN_VALUE), random).map(
    ({ candidate }) => candidate,
  );
}

function statistical({ rows, history }: Candidate): number {
  return (rows?.examples ?? 1) * Math.max(0, history?.last?.loss ?? 0);
}

/** Milliseconds for one pass over its rows. */
function timeOf({ rows, turnaround }: Candidate): number {
  return (rows?.examples ?? 1) * (turnaround ?? 0);
}

function pacing(time: number, preferred: number): number {
  return time > preferred && time > 0 ? (preferred / time) ** SLOWNESS : 1;
}

/** The paper's confidence bound: what was seen long ago may have changed. */
function staleness({ history }: Candidate, round: number): number {
  const seen = (history?.last?.round ?? 0) + 1;
  return Math.sqrt((0.1 * Math.log(round + 1)) / seen);
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
}
