import type { ScheduleJob } from '../../job/job.ts';

/**
 * The learning rate of an optimizer step.
 *
 * During warm-up it rises linearly, step 1 at base/warmup, step `warmup` at the base (Goyal et al., 2017). After it:
 * `constant` stays; `step` is multiplied by `factor` after every `every` steps; `cosine` falls to the rate
 * `minimum` at the last step along half a cosine (Loshchilov and Hutter, "SGDR", 2017).
 *
 * `linear` and `polynomial` fall to `minimum` with (1 - progress)^power; `exponential` is multiplied by `factor` in every `every`
 * steps; `one-cycle` is PyTorch's OneCycleLR of two phases (Smith and Topin, 2019); `plateau` is scaled by what
 * `afterEvaluation` made of the evaluations.
 *
 * @param step from 1.
 * @param total optimizer steps of the whole run; beyond it the last value holds.
 * @param scale of a plateau; 1 for all others.
 */
export function learningRate(
  schedule: ScheduleJob,
  base: number,
  step: number,
  total: number,
  scale = 1,
): number {
  const { warmup } = schedule;
  if (step < warmup) return (base * Math.max(1, step)) / warmup;
  // Steps after the end of the warm-up; without one the first step is at the base.
  const since = Math.max(0, step - Math.max(1, warmup));
  const length = Math.max(1, total - Math.max(1, warmup));
  const progress = Math.min(1, since / length);
  switch (schedule.kind) {
    case 'constant':
      return base;
    case 'step':
      return base * schedule.factor ** Math.floor(since / schedule.every);
    case 'cosine':
      return between(schedule.minimum, base, (1 + Math.cos(Math.PI * progress)) / 2);
    case 'linear':
      return between(schedule.minimum, base, 1 - progress);
    case 'polynomial':
      return between(schedule.minimum, base, (1 - progress) ** schedule.power);
    case 'exponential':
      return base * schedule.factor ** (since / schedule.every);
    case 'one-cycle':
      return oneCycle(schedule, base, step, total);
    case 'plateau':
      return base * scale;
  }
}

function oneCycle(
  { rise, startDivisor, endDivisor, shape }: Extract<ScheduleJob, { kind: 'one-cycle' }>,
  peak: number,
  step: number,
  total: number,
): number {
  const start = peak / startDivisor;
  const top = rise * total - 1;
  const done = Math.min(total, Math.max(1, step)) - 1;
  const anneal = (from: number, to: number, share: number) =>
    between(to, from, shape === 'linear' ? 1 - share : (1 + Math.cos(Math.PI * share)) / 2);
  if (done <= top && top > 0) return anneal(start, peak, done / top);
  return anneal(peak, start / endDivisor, Math.max(0, done - top) / Math.max(1, total - 1 - top));
}

const between = (low: number, high: number, share: number) => low + (high - low) * share;
