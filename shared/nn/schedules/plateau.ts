import type { ScheduleJob } from '../../job/job.ts';
import { higherIsBetter } from '../metrics/metrics.ts';

export type PlateauJob = Extract<ScheduleJob, { kind: 'plateau' }>;

/** What a plateau schedule remembers of the evaluations so far: plain JSON, part of a run's state. */
export interface Plateau {
  readonly best: number | null;
  /** Evaluations in a row without a better value. */
  readonly bad: number;
  /** Evaluations that are still not counted. */
  readonly cooldown: number;
  /** Factor on the learning rate. */
  readonly scale: number;
}

export const NO_PLATEAU: Plateau = { best: null, bad: 0, cooldown: 0, scale: 1 };

/** PyTorch's `eps`: a smaller change of the rate is none. */
const LEAST_CHANGE = 1e-8;

/**
 * PyTorch's ReduceLROnPlateau with a relative threshold, as a pure function of the history: the state after one more
 * evaluation. A value that is missing or not finite counts as no improvement.
 *
 * @param base the optimizer's learning rate
 */
export function afterEvaluation(
  job: PlateauJob,
  base: number,
  state: Plateau,
  metrics: Readonly<Record<string, number>>,
): Plateau {
  const value = metrics[job.metric];
  const better = value !== undefined && Number.isFinite(value) && isBetter(job, state.best, value);
  const best = better ? value : state.best;
  let bad = better ? 0 : state.bad + 1;
  let { cooldown, scale } = state;
  if (cooldown > 0) {
    cooldown--;
    bad = 0;
  }
  if (bad > job.patience) {
    const reduced = Math.max(scale * job.factor, job.minimum / base);
    if ((scale - reduced) * base > LEAST_CHANGE) scale = reduced;
    cooldown = job.cooldown;
    bad = 0;
  }
  return { best, bad, cooldown, scale };
}

function isBetter({ metric, threshold }: PlateauJob, best: number | null, value: number): boolean {
  if (best === null) return true;
  return higherIsBetter(metric) ? value > best * (1 + threshold) : value < best * (1 - threshold);
}
