import { describe, expect, it } from 'vitest';
import { createFedAvg } from '../../../coordinator/strategies/fedavg.ts';
import { createFedDyn } from '../../../coordinator/strategies/feddyn.ts';
import { context } from './context.ts';
import { delta, Server } from './server.ts';

describe('FedDyn', () => {
  it('asks for g − λ + α(w − w_start), and moves λ by α Δ', () => {
    const members = [{ rows: { examples: 8, heldOut: 0 } }];
    const [piece] = createFedDyn({ alpha: 0.1 }).plan(context({ federated: true, members }));
    expect(piece).toMatchObject({
      terms: { proximal: 0.1, corrections: [{ vector: 'dual', owner: 'member', coefficient: -1 }] },
      sections: [{ name: 'dual', make: 'dual', coefficient: 0.1 }],
    });
  });

  it('by numbers: 2 of 4 members, twice', () => {
    const server = new Server(createFedDyn({ alpha: 0.1 }), { parameters: [10] });
    // h = (2 + 4)/4 = 1.5; w = 10 − 3 − 1.5
    expect(server.round([delta([2]), delta([4])], { present: 4 })).toEqual([5.5]);
    // h = 1.5 + (1 + 1)/4 = 2; w = 5.5 − 1 − 2
    expect(server.round([delta([1]), delta([1])], { present: 4 })).toEqual([2.5]);
    expect(server.vector('drift')).toEqual([2]);
  });

  it('comes to the minimum of all together, where averaging stays beside it', () => {
    // Losses a/2 (w − x)² that members make small as far as they can: 1·(w − 0)² and 9·(w − 10)², together least at 9.
    const losses = [
      { a: 1, x: 0 },
      { a: 9, x: 10 },
    ];
    const alpha = 1;
    const dyn = new Server(createFedDyn({ alpha }), { parameters: [3] });
    const avg = new Server(createFedAvg({}), { parameters: [3] });
    const dual = [0, 0];
    let [w, plain] = [3, 3];
    for (let round = 0; round < 200; round++) {
      const start = w;
      // a(v − x) − λ + α(v − start) = 0
      const ends = losses.map(({ a, x }, i) => (a * x + dual[i]! + alpha * start) / (a + alpha));
      for (const [i, end] of ends.entries()) dual[i]! += alpha * (start - end);
      [w] = dyn.round(ends.map((end) => delta([start - end]))) as [number];
      [plain] = avg.round(losses.map(({ x }) => delta([plain - x]))) as [number];
    }
    expect(w).toBeCloseTo(9, 3);
    expect(plain).toBeCloseTo(5, 3);
  });

  it('with α → 0 asks for what FedAvg asks for: no pull, and duals that stay at zero', () => {
    const members = [{ rows: { examples: 8, heldOut: 0 } }];
    const opening = context({ federated: true, members });
    const [piece] = createFedDyn({ alpha: 1e-12, epochs: 2 }).plan(opening);
    const [plain] = createFedAvg({ epochs: 2 }).plan(opening);
    expect(piece?.work).toEqual(plain?.work);
    expect(piece?.terms?.proximal).toBeCloseTo(0, 9);
    expect(piece?.sections?.[0]?.coefficient).toBeCloseTo(0, 9);
    // The server's part does not depend on α: it is averaging with the sum of all former changes as a momentum of 1.
    const server = new Server(createFedDyn({ alpha: 1e-12 }), { parameters: [10] });
    expect([1, 2, 0].map((change) => server.round([delta([change])])[0])).toEqual([8, 3, 0]);
  });
});
