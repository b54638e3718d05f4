import { describe, expect, it } from 'vitest';
import { createFedAvg } from '../../../coordinator/strategies/fedavg.ts';
import { createIfca } from '../../../coordinator/strategies/ifca.ts';
import { context } from './context.ts';
import { delta, Server } from './server.ts';

const members = [{ rows: { examples: 8, heldOut: 2 } }, { rows: { examples: 8, heldOut: 2 } }];
const about = { work: { kind: 'own', epochs: 1, batch: 8 }, staleness: 0, learningRate: 0.1 } as const;

describe('IFCA', () => {
  const strategy = createIfca({ clusters: 3 });

  it('lets each member choose among all models, for training and for evaluation', () => {
    const names = ['parameters', 'cluster-1', 'cluster-2'];
    expect(strategy.plan(context({ federated: true, members })).map(({ choices }) => choices)).toEqual([
      names,
      names,
    ]);
    expect(strategy.evaluates).toEqual({ choices: names });
    expect(strategy.models).toEqual(['cluster-1', 'cluster-2']);
  });

  it('by numbers: each model takes the mean of its own members, one that nobody took stays', () => {
    const server = new Server(strategy, { parameters: [10], 'cluster-1': [20], 'cluster-2': [30] });
    const of = (name: string, change: number, examples: number) => ({
      sections: { [name]: [change] },
      header: { examples },
    });
    // First: (1·4 + 3·8)/4 = 7; second: 5; third: nobody.
    server.round([of('parameters', 4, 1), of('cluster-1', 5, 9), of('parameters', 8, 3)]);
    expect(['parameters', 'cluster-1', 'cluster-2'].map((name) => server.vector(name))).toEqual([
      [3],
      [15],
      [30],
    ]);
    server.round([of('cluster-2', 1, 2)]);
    expect(['parameters', 'cluster-1', 'cluster-2'].map((name) => server.vector(name))).toEqual([
      [3],
      [15],
      [29],
    ]);
  });

  it('with one cluster is FedAvg', () => {
    const [one, avg] = [createIfca({ clusters: 1 }), createFedAvg({})];
    const opening = context({ federated: true, members });
    expect(one.plan(opening)).toEqual(avg.plan(opening));
    const updates = [delta([4, 0], { examples: 1 }), delta([0, 4], { examples: 3 })];
    const run = (strategy: typeof one) => new Server(strategy, { parameters: [10, 10] }).round(updates);
    expect(run(one)).toEqual(run(avg));
  });

  it('refuses an update of no model, or of two', () => {
    const header = { examples: 2, sums: {}, steps: 1, computeMs: 1 };
    for (const sections of [[], ['parameters', 'cluster-1']]) {
      expect(strategy.accept({ ...header, sections }, about)).toEqual({
        refuse: `it is of ${sections.length} of the clusters' models, not of one`,
      });
    }
  });
});
