import { describe, expect, it } from 'vitest';
import { createDitto } from '../../../coordinator/strategies/ditto.ts';
import { createFedAvg } from '../../../coordinator/strategies/fedavg.ts';
import { createFedBuff } from '../../../coordinator/strategies/fedbuff.ts';
import { createFedPer } from '../../../coordinator/strategies/fedper.ts';
import { createFedProx } from '../../../coordinator/strategies/fedprox.ts';
import { createFedSgd } from '../../../coordinator/strategies/fedsgd.ts';
import { createLocalSteps } from '../../../coordinator/strategies/local-steps.ts';
import { createScaffold } from '../../../coordinator/strategies/scaffold.ts';
import { context } from './context.ts';
import { delta, Server } from './server.ts';

const participants = (rows: readonly number[]) =>
  rows.map((examples) => ({ role: 'participant' as const, rows: { examples, heldOut: 1 } }));
const OPENING = context({ federated: true, members: participants([10, 30]) });

/** Two members of 1 and 3 rows: their changes' mean is (1·[4, 0] + 3·[0, 4])/4 = [1, 3]. */
const UPDATES = [delta([4, 0], { examples: 1 }), delta([0, 4], { examples: 3 })];

describe('FedAvg', () => {
  it('moves the weights by the mean of the changes, weighted by rows', () => {
    const server = new Server(createFedAvg({}), { parameters: [10, 10] });
    expect(server.round(UPDATES)).toEqual([9, 7]);
  });

  it('asks everyone for E epochs in batches of the job', () => {
    expect(createFedAvg({ epochs: 5 }).plan(OPENING)).toEqual([
      { member: 'a', work: { kind: 'own', epochs: 5, batch: 8 } },
      { member: 'b', work: { kind: 'own', epochs: 5, batch: 8 } },
    ]);
  });

  it('with one full batch of everyone is SGD: the mean of the gradients of all rows', () => {
    // Quadratic losses (w − x)²/2 of rows x = 2 | 4, 6, 8 at w = 10: the gradient of all four is 10 − 5 = 5.
    const rate = 0.5;
    const server = new Server(createFedSgd({}), { parameters: [10] });
    const change = (rows: readonly number[]) =>
      (rate * rows.reduce((sum, x) => sum + (10 - x), 0)) / rows.length;
    const sent = [delta([change([2])], { examples: 1 }), delta([change([4, 6, 8])], { examples: 3 })];
    expect(server.round(sent)).toEqual([10 - rate * 5]);
    expect(
      createFedSgd({})
        .plan(OPENING)
        .map(({ work }) => work),
    ).toEqual(Array(2).fill({ kind: 'own', epochs: 1, batch: 0 }));
  });
});

describe('FedProx', () => {
  it('adds μ(w − w_start) to the gradient', () => {
    expect(createFedProx({ mu: 0.1 }).plan(OPENING)[0]).toMatchObject({ terms: { proximal: 0.1 } });
  });

  it('with μ = 0 is FedAvg', () => {
    const [prox, avg] = [createFedProx({ mu: 0, epochs: 2 }), createFedAvg({ epochs: 2 })];
    expect(prox.plan(OPENING)).toEqual(avg.plan(OPENING));
    const run = (strategy: typeof prox) => new Server(strategy, { parameters: [10, 10] }).round(UPDATES);
    expect(run(prox)).toEqual(run(avg));
  });
});

describe('the amount of work', () => {
  it('goes from round to round as the job says: 5, 3, 1 epochs', () => {
    const strategy = createFedAvg({ epochs: { start: 5, end: 1 } });
    const epochs = [0, 1, 2].map((round) => {
      const [piece] = strategy.plan({ ...OPENING, round, rounds: 3 });
      return piece?.work.kind === 'own' ? piece.work.epochs : undefined;
    });
    expect(epochs).toEqual([5, 3, 1]);
  });

  it('by speed: who is four times slower than most does a quarter of the steps', () => {
    const rows = { examples: 80, heldOut: 1 };
    const members = [40, 40, 10, undefined].map((speed) => ({ speed, rows }));
    const plan = createFedProx({ mu: 0.1, epochs: 4, work: 'by-speed' }).plan(
      context({ federated: true, members }),
    );
    // 4 epochs of 10 steps each.
    expect(plan.map(({ work }) => (work.kind === 'own' ? work.steps : work))).toEqual([
      undefined,
      undefined,
      10,
      undefined,
    ]);
  });

  it('of H steps takes as many epochs as it needs', () => {
    const [piece] = createFedAvg({ steps: 20 }).plan(OPENING);
    expect(piece?.work).toEqual({ kind: 'own', epochs: 20, batch: 8, steps: 20 });
    const [capped] = createFedAvg({ epochs: 2, steps: 20 }).plan(OPENING);
    expect(capped?.work).toEqual({ kind: 'own', epochs: 2, batch: 8, steps: 20 });
  });
});

describe('DiLoCo on members’ own rows', () => {
  it('keeps the inner optimizer’s moments, and steps outside with Nesterov’s momentum', () => {
    const outer = { kind: 'sgd', momentum: 0.9, nesterov: true } as const;
    const strategy = createLocalSteps({ steps: 4, outerLearningRate: 0.5, outer });
    expect(strategy.plan(OPENING)[0]?.work).toEqual({
      kind: 'own',
      epochs: 4,
      batch: 8,
      steps: 4,
      keepsOptimizer: true,
    });
    const server = new Server(strategy, { parameters: [10] });
    // b = 2, step = 2 + 0.9·2 = 3.8; then b = 0.9·2 + 1 = 2.8, step = 1 + 0.9·2.8 = 3.52.
    expect(server.round([delta([2])])[0]).toBeCloseTo(10 - 0.5 * 3.8, 5);
    expect(server.round([delta([1])])[0]).toBeCloseTo(8.1 - 0.5 * 3.52, 5);
  });
});

describe('SCAFFOLD on members’ own rows', () => {
  it('moves w by the mean, c by the sum over all that are there', () => {
    const server = new Server(createScaffold({ learningRate: 1, epochs: 1 }), { parameters: [10] });
    const sent = [2, 4].map((value) => ({ sections: { parameters: [value], control: [value * 10] } }));
    expect(server.round(sent, { present: 10 })).toEqual([7]);
    expect(server.vector('control')[0]).toBeCloseTo((20 + 40) / 10, 5);
  });
});

describe('FedBuff on members’ own rows', () => {
  it('with K = all and no delay is FedAvg of members that count alike', () => {
    const buffered = createFedBuff({ updates: 2, learningRate: 1, epochs: 1 });
    const averaging = createFedAvg({ epochs: 1 });
    expect(buffered.plan(OPENING)).toEqual(averaging.plan(OPENING));
    const alike = UPDATES.map(({ sections }) => ({ sections, header: { examples: 5 } }));
    const run = (strategy: typeof buffered) => new Server(strategy, { parameters: [10, 10] }).round(alike);
    expect(run(buffered)).toEqual(run(averaging));
  });

  it('keeps as many at work as the selection says', () => {
    const selection = { participants: 3, policy: 'uniform', over: 1 } as const;
    const strategy = createFedBuff({ updates: 2, learningRate: 1, selection });
    const members = participants([8, 8, 8, 8]).map((member, i) => ({ ...member, busy: i < 2 }));
    const plan = strategy.plan(context({ federated: true, members, outstanding: 2, received: 1 }));
    expect(plan).toHaveLength(1);
  });
});

describe('FedPer and FedRep', () => {
  const [per, avg] = [createFedPer({ local: ['head.*'] }), createFedAvg({})];

  it('are FedAvg but for what stays with the member', () => {
    expect(per.local).toEqual(['head.*']);
    expect(per.plan(OPENING).map(({ local: _, ...piece }) => piece)).toEqual(avg.plan(OPENING));
  });

  it('with nothing local are FedAvg', () => {
    const none = createFedPer({ local: [] });
    expect(none.plan(OPENING)).toEqual(avg.plan(OPENING).map((piece) => ({ ...piece, local: [] })));
    const run = (strategy: typeof none) => new Server(strategy, { parameters: [10, 10] }).round(UPDATES);
    expect(run(none)).toEqual(run(avg));
  });

  it('FedRep trains the head first', () => {
    const [piece] = createFedPer({ local: ['head.*'], personalEpochs: 10 }).plan(OPENING);
    expect(piece).toMatchObject({ work: { epochs: 1, personalEpochs: 10 }, local: ['head.*'] });
  });
});

describe('Ditto', () => {
  it('trains the common model as FedAvg does, and one beside it that is evaluated', () => {
    const strategy = createDitto({ lambda: 0.1, personalEpochs: 3, epochs: 2 });
    expect(strategy.plan(OPENING)[0]?.work).toEqual({
      kind: 'own',
      epochs: 2,
      batch: 8,
      beside: { epochs: 3, proximal: 0.1 },
    });
    expect(strategy.evaluates).toEqual({ beside: true });
    expect(new Server(strategy, { parameters: [10, 10] }).round(UPDATES)).toEqual([9, 7]);
  });
});
