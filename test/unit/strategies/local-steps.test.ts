import { describe, expect, it } from 'vitest';
import { createFedBn } from '../../../coordinator/strategies/fedbn.ts';
import { createLocalSteps } from '../../../coordinator/strategies/local-steps.ts';
import { createScaffold } from '../../../coordinator/strategies/scaffold.ts';
import { createSynchronous } from '../../../coordinator/strategies/synchronous.ts';
import { context, finishing, HEADER } from './context.ts';

const about = {
  work: { kind: 'local', epoch: 0, batch: 4, start: 0, end: 6 },
  staleness: 0,
  learningRate: 0.1,
} as const;

describe('local steps', () => {
  it('give each member H steps with its share of the global batch', () => {
    const strategy = createLocalSteps({ steps: 5, outerLearningRate: 1 });
    const members = [{}, {}, {}];
    expect(strategy.plan(context({ members })).map(({ work }) => work)).toEqual([
      { kind: 'local', epoch: 0, batch: 3, start: 0, end: 15 },
      { kind: 'local', epoch: 0, batch: 3, start: 15, end: 30 },
      { kind: 'local', epoch: 0, batch: 2, start: 30, end: 40 },
    ]);
  });

  it('end with the epoch, in the same proportions', () => {
    const strategy = createLocalSteps({ steps: 500, outerLearningRate: 1 });
    const works = strategy.plan(context({ cursor: { epoch: 2, position: 80 } })).map(({ work }) => work);
    expect(works).toMatchObject([
      { start: 80, end: 90, batch: 4 },
      { start: 90, end: 100, batch: 4 },
    ]);
  });

  it('with H = 1 read the positions that synchronous SGD reads, member for member', () => {
    const local = createLocalSteps({ steps: 1, outerLearningRate: 1 });
    for (const members of [1, 2, 3, 5, 8]) {
      const opening = context({ members: Array(members).fill({}), globalBatch: 13 });
      const strip = ({ member, work }: ReturnType<typeof local.plan>[number]) => {
        if (work.kind !== 'gradient' && work.kind !== 'local') throw new Error(work.kind);
        return [member, work.epoch, work.start, work.end];
      };
      expect(local.plan(opening).map(strip)).toEqual(createSynchronous().plan(opening).map(strip));
    }
  });

  it('average the deltas by examples: (6 Δ₁ + 2 Δ₂)/8', () => {
    const strategy = createLocalSteps({ steps: 2, outerLearningRate: 0.7 });
    expect(strategy.accept(HEADER, about)).toEqual({ weight: 6, buffersWeight: 6, divisor: 6 });
    expect(strategy.finish(finishing({ divisor: 8 }))).toMatchObject({
      kind: 'outer',
      divisor: 8,
      learningRate: 0.7,
      buffers: 'set',
    });
    expect(strategy.accept({ ...HEADER, examples: 0 }, about)).toEqual({
      refuse: 'it was made of no examples',
    });
  });
});

describe('FedBN', () => {
  it('is local steps with the outer rate 1, but for what stays with the member', () => {
    const [fedbn, plain] = [createFedBn({ steps: 3 }), createLocalSteps({ steps: 3, outerLearningRate: 1 })];
    const pieces = fedbn.plan(context());
    expect(pieces.map(({ local: _, ...piece }) => piece)).toEqual(plain.plan(context()));
    expect(pieces[0]?.local).toContain('batch_norm*');
    expect(fedbn.accept(HEADER, about)).toEqual(plain.accept(HEADER, about));
    expect(fedbn.finish(finishing({}))).toEqual(plain.finish(finishing({})));
  });
});

describe('SCAFFOLD', () => {
  it('corrects gradients by +c − cᵢ, and asks for the change of cᵢ', () => {
    const [piece] = createScaffold({ steps: 2, learningRate: 1 }).plan(context());
    expect(piece?.terms?.corrections).toEqual([
      { vector: 'control', owner: 'server', coefficient: 1 },
      { vector: 'control', owner: 'member', coefficient: -1 },
    ]);
    expect(piece?.sections).toEqual([{ name: 'control', make: 'control' }]);
  });

  it('moves c by the sum of the changes over all members: 2 of 10 came, scale 1/10', () => {
    const strategy = createScaffold({ steps: 2, learningRate: 0.5, population: 10 });
    const { weight, divisor } = strategy.accept(HEADER, about) as { weight: number; divisor: number };
    expect([weight, divisor]).toEqual([1, 1]);
    expect(strategy.finish(finishing({ divisor: 2 }))).toMatchObject({
      divisor: 2,
      learningRate: 0.5,
      vectors: [{ name: 'control', scale: 0.1 }],
    });
  });

  it('takes the members of the round for all when their number is not known', () => {
    const step = createScaffold({ steps: 2, learningRate: 1 }).finish(finishing({ received: 4, divisor: 4 }));
    expect(step?.vectors).toEqual([{ name: 'control', scale: 0.25 }]);
  });

  it('refuses an update without its control variate', () => {
    const strategy = createScaffold({ steps: 2, learningRate: 1 });
    expect(strategy.accept({ ...HEADER, sections: ['parameters'] }, about)).toHaveProperty('refuse');
  });
});
