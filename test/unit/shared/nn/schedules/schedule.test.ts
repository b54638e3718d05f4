import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ScheduleJob } from '../../../../../shared/job/job.ts';
import { learningRate } from '../../../../../shared/nn/schedules/schedule.ts';

function rates(schedule: ScheduleJob, base: number, total: number): number[] {
  return Array.from({ length: total }, (_, i) =>
    Number(learningRate(schedule, base, i + 1, total).toFixed(9)),
  );
}

describe('learningRate', () => {
  it('constant, with warm-up', () => {
    expect(rates({ kind: 'constant', warmup: 0 }, 0.1, 3)).toEqual([0.1, 0.1, 0.1]);
    expect(rates({ kind: 'constant', warmup: 4 }, 0.4, 6)).toEqual([0.1, 0.2, 0.3, 0.4, 0.4, 0.4]);
  });

  it('step', () => {
    const schedule = { kind: 'step', warmup: 0, every: 2, factor: 0.1 } as const;
    expect(rates(schedule, 1, 6)).toEqual([1, 1, 0.1, 0.1, 0.01, 0.01]);
    expect(rates({ ...schedule, warmup: 2 }, 1, 6)).toEqual([0.5, 1, 1, 0.1, 0.1, 0.01]);
  });

  it('cosine from the base to the minimum, half way at the middle', () => {
    const schedule = { kind: 'cosine', warmup: 0, minimum: 0.2 } as const;
    expect(rates(schedule, 1, 5)).toEqual([1, 0.882842712, 0.6, 0.317157288, 0.2]);
    expect(rates({ ...schedule, warmup: 3 }, 1, 5)).toEqual([0.333333333, 0.666666667, 1, 0.6, 0.2]);
    // Beyond the planned end, as when another epoch is added.
    expect(learningRate(schedule, 1, 99, 5)).toBeCloseTo(0.2);
  });

  it('rises in the warm-up, and stays within (0, base] for every schedule', () => {
    const schedule = fc.oneof(
      fc.record({ kind: fc.constant('constant' as const), warmup: fc.nat(30) }),
      fc.record({
        kind: fc.constant('step' as const),
        warmup: fc.nat(30),
        every: fc.integer({ min: 1, max: 20 }),
        factor: fc.double({ min: 0.1, max: 1, noNaN: true }),
      }),
      fc.record({ kind: fc.constant('cosine' as const), warmup: fc.nat(30), minimum: fc.constant(1e-4) }),
    );
    fc.assert(
      fc.property(schedule, fc.integer({ min: 1, max: 60 }), (job, total) => {
        let before = 0;
        for (let step = 1; step <= total; step++) {
          const rate = learningRate(job, 0.3, step, total);
          expect(rate).toBeGreaterThan(0);
          expect(rate).toBeLessThanOrEqual(0.3 + 1e-12);
          if (step <= job.warmup) expect(rate).toBeGreaterThan(before);
          else if (step > Math.max(1, job.warmup) + 1) expect(rate).toBeLessThanOrEqual(before + 1e-12);
          before = rate;
        }
      }),
    );
  });
});
