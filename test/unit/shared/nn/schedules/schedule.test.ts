import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { choices } from '../../../../../shared/job/choice.ts';
import type { ScheduleJob } from '../../../../../shared/job/job.ts';
import { scheduleSchema } from '../../../../../shared/job/schedule-schema.ts';
import { afterEvaluation, NO_PLATEAU, type PlateauJob } from '../../../../../shared/nn/schedules/plateau.ts';
import { learningRate } from '../../../../../shared/nn/schedules/schedule.ts';

interface Oracle {
  readonly torch: string;
  readonly rows: { readonly job: ScheduleJob; readonly base: number; readonly rates: number[] }[];
  readonly plateaus: {
    readonly job: PlateauJob;
    readonly base: number;
    readonly values: number[];
    readonly rates: number[];
  }[];
}
const oracle: Oracle = JSON.parse(
  readFileSync(new URL('../../../../data/schedules/schedules.json', import.meta.url), 'utf8'),
);

function rates(schedule: ScheduleJob, base: number, total: number): number[] {
  return Array.from({ length: total }, (_, i) =>
    Number(learningRate(schedule, base, i + 1, total).toFixed(9)),
  );
}

describe(`schedules against PyTorch ${oracle.torch}`, () => {
  it.each(oracle.rows.map((row) => [JSON.stringify(row.job), row] as const))('%s', (_, row) => {
    const total = row.rates.length;
    for (const [i, expected] of row.rates.entries()) {
      expect(learningRate(row.job, row.base, i + 1, total)).toBeCloseTo(expected, 12);
    }
  });

  it.each(oracle.plateaus.map((row) => [JSON.stringify(row.job), row] as const))('%s', (_, row) => {
    let state = NO_PLATEAU;
    for (const [i, expected] of row.rates.entries()) {
      state = afterEvaluation(row.job, row.base, state, { [row.job.metric]: row.values[i]! });
      expect(learningRate(row.job, row.base, i + 1, 1, state.scale)).toBeCloseTo(expected, 12);
    }
    expect(state.scale).toBeLessThan(1);
  });

  it('has values of PyTorch for every one that a job can name', () => {
    const kinds = [...oracle.rows, ...oracle.plateaus].map(({ job }) => job.kind);
    // Constant: nothing to compare.
    const words = Object.keys(choices.get(scheduleSchema)!.alternatives);
    expect(new Set([...kinds, 'constant'])).toEqual(new Set(words));
  });

  it('a metric that is missing or not finite is no improvement', () => {
    const { job, base } = oracle.plateaus[0]!;
    const after = afterEvaluation(job, base, NO_PLATEAU, { loss: Number.NaN });
    expect(after).toEqual({ ...NO_PLATEAU, bad: 1 });
    expect(afterEvaluation(job, base, after, {})).toEqual({ ...NO_PLATEAU, bad: 2 });
  });
});

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
      fc.record({ kind: fc.constant('linear' as const), warmup: fc.nat(30), minimum: fc.constant(1e-4) }),
      fc.record({
        kind: fc.constant('polynomial' as const),
        warmup: fc.nat(30),
        minimum: fc.constant(1e-4),
        power: fc.double({ min: 0.5, max: 3, noNaN: true }),
      }),
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
