import { describe, expect, it } from 'vitest';
import { createFedAvg } from '../../../coordinator/strategies/fedavg.ts';
import { createQFedAvg } from '../../../coordinator/strategies/q-fedavg.ts';
import { context } from './context.ts';
import { delta, Server } from './server.ts';

/** A member with a mean loss before the round. */
function sent(change: number, loss: number, examples = 2) {
  return delta([change], {
    examples,
    sums: { 'base-loss': loss * examples, 'base-denominator': examples, 'delta-squares': change ** 2 },
  });
}

describe('q-FedAvg', () => {
  it('asks for the loss of the weights that it starts from, and for the size of the change', () => {
    const members = [{ rows: { examples: 8, heldOut: 0 } }];
    const [piece] = createQFedAvg({ q: 1 }).plan(context({ federated: true, members }));
    expect(piece?.measures).toEqual(['base-loss', 'delta-squares']);
  });

  it('by numbers: q = 1, L = 1/0.5, losses 4 and 1, changes 1 and 3', () => {
    // Δ: 4·2·1 = 8 and 1·2·3 = 6; h: 1·(2·1)² + 2·4 = 12 and 1·(2·3)² + 2·1 = 38; w = 10 − 14/50.
    const server = new Server(createQFedAvg({ q: 1 }), { parameters: [10] });
    const [w] = server.round([sent(1, 4), sent(3, 1)], { learningRate: 0.5 });
    expect(w).toBeCloseTo(10 - 14 / 50, 5);
  });

  it('with q = 0 is FedAvg of members that count alike, as the paper has it', () => {
    const updates = [sent(1, 4, 2), sent(3, 1, 50)];
    const fair = new Server(createQFedAvg({ q: 0 }), { parameters: [10] }).round(updates);
    const alike = [delta([1], { examples: 7 }), delta([3], { examples: 7 })];
    expect(fair[0]).toBeCloseTo(new Server(createFedAvg({}), { parameters: [10] }).round(alike)[0]!, 5);
  });

  it('refuses an update without its measures, or with a loss that has no power', () => {
    const strategy = createQFedAvg({ q: 0.5 });
    const about = { work: { kind: 'own', epochs: 1, batch: 8 }, staleness: 0, learningRate: 0.1 } as const;
    const header = { examples: 2, steps: 1, computeMs: 1, sections: ['parameters'] };
    const sums = { 'base-loss': 2, 'base-denominator': 2, 'delta-squares': 1 };
    for (const change of [{ 'base-loss': -2 }, { 'base-denominator': 0 }, { 'delta-squares': Number.NaN }]) {
      expect(strategy.accept({ ...header, sums: { ...sums, ...change } }, about)).toHaveProperty('refuse');
    }
    expect(strategy.accept({ ...header, sums }, about)).toHaveProperty('divisor');
  });
});
