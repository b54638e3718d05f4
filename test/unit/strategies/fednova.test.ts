import { describe, expect, it } from 'vitest';
import { createFedAvg } from '../../../coordinator/strategies/fedavg.ts';
import { accumulated, createFedNova } from '../../../coordinator/strategies/fednova.ts';
import { delta, Server } from './server.ts';

describe('FedNova', () => {
  it('by numbers: 1 step of 3 rows and 4 steps of 1 row', () => {
    // p = ¾, ¼; τ_eff = ¾·1 + ¼·4 = 1.75; Σ p Δ/τ = ¾·2/1 + ¼·8/4 = 2; so w goes down by 3.5.
    const server = new Server(createFedNova({ learningRate: 1, mu: 0 }), { parameters: [10] });
    const sent = [delta([2], { examples: 3, steps: 1 }), delta([8], { examples: 1, steps: 4 })];
    expect(server.round(sent)[0]).toBeCloseTo(6.5, 5);
  });

  it('with equal steps is FedAvg', () => {
    const sent = [delta([2, 1], { examples: 3, steps: 5 }), delta([8, 0], { examples: 1, steps: 5 })];
    const nova = new Server(createFedNova({ learningRate: 1, mu: 0 }), { parameters: [10, 10] }).round(sent);
    const avg = new Server(createFedAvg({}), { parameters: [10, 10] }).round(sent);
    for (const [i, value] of avg.entries()) expect(nova[i]).toBeCloseTo(value, 5);
  });

  it('counts steps with momentum and with a proximal term as the paper’s closed forms do', () => {
    const [tau, rho, pull] = [7, 0.9, 0.05];
    const momentum = { momentum: rho, nesterov: false };
    expect(accumulated(tau, { pull: 0 })).toBe(7);
    expect(accumulated(tau, { momentum, pull: 0 })).toBeCloseTo(
      (tau - (rho * (1 - rho ** tau)) / (1 - rho)) / (1 - rho),
      9,
    );
    expect(accumulated(tau, { pull })).toBeCloseTo((1 - (1 - pull) ** tau) / pull, 9);
  });

  it('refuses steps that nobody takes', () => {
    const strategy = createFedNova({ learningRate: 1, mu: 0.1 });
    const header = { examples: 1, sums: {}, computeMs: 1, sections: ['parameters'] };
    const about = { work: { kind: 'own', epochs: 1, batch: 8 }, staleness: 0, learningRate: 0.1 } as const;
    for (const steps of [0, 2 ** 31]) {
      expect(strategy.accept({ ...header, steps }, about)).toEqual({
        refuse: `it says that it took ${steps} steps`,
      });
    }
  });
});
