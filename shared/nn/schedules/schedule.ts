import type { ScheduleJob } from '../../job/job.ts';

/**
 * The learning rate of an optimizer step.
 *
 * During warm-up it rises linearly, step 1 at base/warmup, step `warmup` at the base (Goyal et al., 2017). After it:
 * `constant` stays; `step` is multiplied by `factor` after every `every` steps; `cosine` falls to the rate
 * `minimum` at the last step along half a cosine (Loshchilov and Hutter, "SGDR", 2017).
 *
 * @param step from 1.
 * @param total optimizer steps of the whole run; beyond it the last value holds.
 */
export function learningRate(schedule: ScheduleJob, base: number, step: number, total: number): number {
  const { warmup } = schedule;
  if (step < warmup) return (base * Math.max(1, step)) / warmup;
  // Steps after the end of the warm-up; without one the first step is at the base.
  const since = Math.max(0, step - Math.max(1, warmup));
  switch (schedule.kind) {
    case 'constant':
      return base;
    case 'step':
      return base * schedule.factor ** Math.floor(since / schedule.every);
    case 'cosine': {
      const length = Math.max(1, total - Math.max(1, warmup));
      const progress = Math.min(1, since / length);
      const share = (1 + Math.cos(Math.PI * progress)) / 2;
      return schedule.minimum + (base - schedule.minimum) * share;
    }
  }
}
