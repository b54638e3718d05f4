import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { shapeFaults } from '../../../coordinator/strategies/contract/shape.ts';
import { createFedAvg } from '../../../coordinator/strategies/fedavg.ts';
import { aggregated, figureOf, type MemberMetric } from '../../../coordinator/strategies/member-metric.ts';
import { StrategyModuleError } from '../../../coordinator/strategies/module-error.ts';
import { Driver, of } from '../rounds/driver.ts';

describe('a metric over members', () => {
  it('by numbers', () => {
    const [values, weights] = [
      [0.2, 1, 0.6],
      [1, 2, 5],
    ];
    expect(aggregated('mean', values, weights)).toBeCloseTo(0.6, 12);
    expect(aggregated('weighted-mean', values, weights)).toBeCloseTo((0.2 + 2 + 3) / 8, 12);
    expect(aggregated('max', values, weights)).toBe(1);
    expect(aggregated('min', values, weights)).toBe(0.2);
    expect(aggregated({ quantile: 0.5 }, values, weights)).toBe(0.6);
    // numpy.quantile([0.2, 0.6, 1], 0.9)
    expect(aggregated({ quantile: 0.9 }, values, weights)).toBeCloseTo(0.92, 12);
    expect(aggregated({ quantile: 1 }, values, weights)).toBe(1);
    for (const over of ['mean', 'max', { quantile: 0.5 }] as const) {
      expect(aggregated(over, [], [])).toBeUndefined();
    }
  });

  it('lies between the least and the largest value, whatever it is', () => {
    const value = fc.double({ min: -1e6, max: 1e6, noNaN: true });
    const member = fc.tuple(value, fc.integer({ min: 1, max: 1000 }));
    fc.assert(
      fc.property(
        fc.array(member, { minLength: 1 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (all, share) => {
          const values = all.map(([number]) => number);
          const weights = all.map(([, rows]) => rows);
          for (const over of ['mean', 'weighted-mean', { quantile: share }] as const) {
            const figure = aggregated(over, values, weights)!;
            expect(figure).toBeGreaterThanOrEqual(Math.min(...values) - 1e-6);
            expect(figure).toBeLessThanOrEqual(Math.max(...values) + 1e-6);
          }
        },
      ),
    );
  });

  it('is put together of what each participant sums up, without those that have no value', () => {
    const share: MemberMetric['of'] = ({ correct, denominator }) => correct! / denominator!;
    const memberMetrics: Readonly<Record<string, MemberMetric>> = {
      'lowest-share': { of: share, over: 'min' },
      'share-by-rows': { of: share, over: 'weighted-mean' },
      'median-rows': { of: ({ examples }) => examples, over: { quantile: 0.5 } },
      'never-there': { of: () => undefined, over: 'mean' },
    };
    const driver = new Driver({
      strategy: { ...createFedAvg({}), memberMetrics },
      federated: { evaluating: 3, fairness: 'accuracy' },
      examples: 0,
      epochs: undefined,
      rounds: 1,
      minimumMembers: 3,
      evaluateEvery: { rounds: 1 },
    });
    driver.send({ type: 'start', at: 0 });
    driver.settle();
    // The last has one row, on which nothing is predicted: 0 / 0 is no share.
    const own = { a: [1, 2, 2], b: [3, 4, 4], c: [0, 0, 1] } as const;
    for (const [id, [, , heldOut]] of Object.entries(own)) {
      const about = { id, name: id, engine: 'cpu', threads: 1 };
      const rows = { examples: 8, heldOut };
      driver.send({ type: 'joined', at: 0, member: { ...about, role: 'participant', rows } });
    }
    for (const id of ['a', 'b', 'c']) driver.update(driver.latest(id), { examples: 8 });
    driver.settle();
    for (const [id, [correct, denominator, examples]] of Object.entries(own)) {
      driver.update(driver.latest(id), { examples, sums: { loss: 1, denominator, correct } });
    }
    const { metrics } = of(driver.all, 'evaluated').at(-1)!;
    expect(metrics).toMatchObject({
      accuracy: 4 / 7,
      'lowest-share': 0.5,
      'share-by-rows': 4 / 6,
      'median-rows': 2,
      participants: 3,
    });
    expect(metrics).not.toHaveProperty('never-there');
  });

  it.each([
    ['falls', undefined, [0.9, 0.5, 0.2], 'completed'],
    ['rises', undefined, [0.2, 0.5, 0.9], 'early-stopping'],
    ['rises, and says that this is better', true, [0.2, 0.5, 0.9], 'completed'],
    ['falls, and says that this is worse', true, [0.9, 0.5, 0.2], 'early-stopping'],
    [
      'has no value, which counted as no improvement',
      undefined,
      [Number.NaN, Number.NaN, Number.NaN],
      'completed',
    ],
  ])('can be watched by early stopping: it %s', (_, higherIsBetter, figures, reason) => {
    const figure: MemberMetric['of'] = ({ correct }) => correct;
    const direction = higherIsBetter === undefined ? {} : { higherIsBetter };
    const spread: MemberMetric = { of: figure, over: 'max', ...direction };
    const driver = new Driver({
      strategy: { ...createFedAvg({}), memberMetrics: { spread } },
      federated: { evaluating: 1, fairness: 'accuracy' },
      earlyStopping: { metric: 'spread', patience: 1, minDelta: 0 },
      examples: 0,
      epochs: undefined,
      rounds: figures.length,
      minimumMembers: 1,
      evaluateEvery: { rounds: 1 },
    });
    driver.send({ type: 'start', at: 0 });
    driver.settle();
    const about = { id: 'a', name: 'a', engine: 'cpu', threads: 1, role: 'participant' } as const;
    driver.send({ type: 'joined', at: 0, member: { ...about, rows: { examples: 8, heldOut: 4 } } });
    for (const correct of figures) {
      driver.update(driver.latest('a'), { examples: 8 });
      driver.settle();
      driver.update(driver.latest('a'), { examples: 4, sums: { loss: 1, denominator: 4, correct } });
      driver.settle();
      if (of(driver.all, 'finished').length > 0) break;
    }
    expect(of(driver.all, 'finished')).toMatchObject([{ reason }]);
  });

  it.each<[string, () => unknown, RegExp]>([
    [
      'throws',
      () => {
        throw new TypeError('boom');
      },
      /^the strategy mine: memberMetrics "low" throws: boom$/,
    ],
    ['gives a Promise', async () => 1, /"low" gives a Promise: of\(sums\) must return a number/],
    ['gives a text', () => 'x', /"low" gives a string: of\(sums\) must return a number/],
  ])('was called a fault of the program, or taken for no value: one that %s', (_, of, message) => {
    const metric = { of, over: 'mean' } as unknown as MemberMetric;
    const figure = () => figureOf('mine', 'low', metric, { examples: 1 });
    expect(figure).toThrow(message);
    expect(figure).toThrow(StrategyModuleError);
  });

  it.each<[string, unknown]>([
    ['a list', []],
    ['no function', { share: { of: 1, over: 'max' } }],
    ['no way to put values together', { share: { of: () => 1, over: 'median' } }],
    ['a quantile beyond 1', { share: { of: () => 1, over: { quantile: 90 } } }],
    ['a name that an evaluation has already', { accuracy: { of: () => 1, over: 'max' } }],
    ['a direction in words', { share: { of: () => 1, over: 'max', higherIsBetter: 'yes' } }],
    ['a name in capitals', { Share: { of: () => 1, over: 'max' } }],
  ])('that is %s is refused before the run', (_, memberMetrics) => {
    expect(shapeFaults({ ...createFedAvg({}), memberMetrics })).toEqual([
      expect.stringMatching(/^memberMetrics is .*; it must be metrics by names of their own/),
    ]);
  });
});
