import { describe, expect, it } from 'vitest';
import { alternation, createAlternating } from '../../../coordinator/strategies/alternating.ts';
import { createStrategy } from '../../../coordinator/strategies/create.ts';
import { ganJob, PENALISED } from '../../support/gan.ts';
import { context, finishing, HEADER } from './context.ts';

const ROUNDS = [0, 1, 2, 3, 4, 5, 6];
const adam = { kind: 'adam', beta1: 0.5, beta2: 0.9, epsilon: 1e-8, weightDecay: 0 } as const;

describe('two networks that take turns', () => {
  const strategy = createAlternating({ criticSteps: 2, discriminatorRate: 4 });

  it('gives every member of a round the same turn: two steps of the discriminator, one of the generator', () => {
    const phases = ROUNDS.map((round) => {
      const works = strategy.plan(context({ round })).map(({ work }) => work);
      expect(works.length).toBeGreaterThan(1);
      return [...new Set(works.map((work) => (work.kind === 'gradient' ? work.phase : work.kind)))].join();
    });
    const [d, g] = ['discriminator', 'generator'];
    expect(phases).toEqual([d, d, g, d, d, g, d]);
  });

  it('counts the steps of each network by themselves, and gives each its own learning rate', () => {
    const steps = ROUNDS.map((round) => strategy.finish(finishing({ round }))!);
    expect(steps.map(({ part }) => part!.step)).toEqual([1, 2, 1, 3, 4, 2, 5]);
    expect(steps.map(({ learningRate }) => learningRate)).toEqual([0.4, 0.4, 0.1, 0.4, 0.4, 0.1, 0.4]);
    expect(steps[0]).toMatchObject({ kind: 'gradient', divisor: 8, part: { phase: 'discriminator' } });
  });

  it('waits for the whole batch, and weighs as synchronous training does', () => {
    expect(strategy.finish(finishing({ outstanding: 1 }))).toBeUndefined();
    const work = { kind: 'gradient', epoch: 0, start: 0, end: 6 } as const;
    expect(strategy.accept(HEADER, { work, staleness: 0, learningRate: 0.1 })).toMatchObject({
      weight: 1,
      divisor: 5,
    });
  });

  it('is what a synchronous job of a GAN trains by', () => {
    const job = ganJob({
      loss: PENALISED,
      optimizer: { ...adam, learningRate: 0.001 },
      discriminatorOptimizer: { ...adam, learningRate: 0.0005 },
    });
    expect(createStrategy(job.strategy, job).name).toBe('alternating');
    expect(alternation(PENALISED, job)).toEqual({ criticSteps: 2, discriminatorRate: 0.5 });
    expect(alternation(PENALISED, ganJob()).discriminatorRate).toBe(1);
  });
});
