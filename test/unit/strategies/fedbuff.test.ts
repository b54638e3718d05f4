import { describe, expect, it } from 'vitest';
import { createFedBuff } from '../../../coordinator/strategies/fedbuff.ts';
import { createLocalSteps } from '../../../coordinator/strategies/local-steps.ts';
import { Driver, of } from '../rounds/driver.ts';
import { context, finishing, HEADER } from './context.ts';

const work = { kind: 'local', epoch: 0, batch: 4, start: 0, end: 6 } as const;

describe('FedBuff', () => {
  const strategy = createFedBuff({ updates: 3, steps: 2, learningRate: 0.5, maximumStaleness: 8 });

  it('weighs an update s versions old by 1/√(1 + s): 1, 1/2, 1/3 for 0, 3, 8', () => {
    const weights = [0, 3, 8].map((staleness) =>
      strategy.accept(HEADER, { work, staleness, learningRate: 0.1 }),
    );
    expect(weights).toMatchObject([{ weight: 1 }, { weight: 1 / 2 }, { weight: 1 / 3 }]);
    expect(weights).toMatchObject([{ divisor: 1 }, { divisor: 1 }, { divisor: 1 }]);
  });

  it('refuses what is too old', () => {
    expect(strategy.accept(HEADER, { work, staleness: 9, learningRate: 0.1 })).toMatchObject({
      reason: 'stale',
    });
  });

  it('steps after K updates, or with fewer when no more will come', () => {
    expect(strategy.finish(finishing({ received: 2, outstanding: 5 }))).toBeUndefined();
    expect(strategy.finish(finishing({ received: 3, outstanding: 5, divisor: 3 }))).toMatchObject({
      kind: 'outer',
      divisor: 3,
      learningRate: 0.5,
    });
    expect(strategy.finish(finishing({ received: 1, exhausted: true }))).toBeDefined();
  });

  it('gives whoever is idle the next positions, without waiting for the others', () => {
    const members = [{ busy: true }, {}];
    const plan = strategy.plan(
      context({ members, outstanding: 1, received: 2, cursor: { epoch: 0, position: 8 } }),
    );
    expect(plan).toEqual([{ member: 'b', work: { kind: 'local', epoch: 0, batch: 4, start: 8, end: 16 } }]);
  });

  it('with K = all members, and equal shares, reads and weighs as federated averaging does', () => {
    const all = createFedBuff({ updates: 2, steps: 2, learningRate: 1, delayExponent: 0 });
    const averaging = createLocalSteps({ steps: 2, outerLearningRate: 1 });
    const run = (strategy: typeof all) => {
      const driver = Driver.started(['a', 'b'], {
        strategy,
        examples: 32,
        batch: 8,
        minimumMembers: 2,
        epochs: 1,
      });
      driver.finish();
      const steps = of(driver.all, 'step').map(({ step }) => step);
      // A mean with equal weights is the same mean, whatever the weights are.
      const shares = of(driver.all, 'add').map(({ round, weight }) => weight / steps[round]!.divisor);
      return {
        shares,
        works: of(driver.all, 'assign').map(({ assignment }) => [assignment.round, assignment.work]),
      };
    };
    expect(run(all).shares).toEqual([0.5, 0.5, 0.5, 0.5]);
    expect(run(averaging).shares).toEqual(run(all).shares);
    expect(run(averaging).works.map(([, work]) => work)).toEqual(run(all).works.map(([, work]) => work));
  });
});
