import { describe, expect, it } from 'vitest';
import { createFedOpt } from '../../../coordinator/strategies/fedopt.ts';
import type { ServerOptimizerJob } from '../../../shared/job/strategy-job.ts';
import { float32 } from '../../../shared/onnx/tensor.ts';
import { delta, Server } from './server.ts';

const [eta, tau] = [0.5, 0.1];
/** Mean changes of three rounds. */
const CHANGES = [2, -1, 0.25];

function run(name: Parameters<typeof createFedOpt>[0]['name'], outer: ServerOptimizerJob): number[] {
  const server = new Server(createFedOpt({ name, learningRate: eta, outer }), {
    parameters: [1, 0, 0, 0, 7],
  });
  return CHANGES.map((change) => server.round([delta([change, 0, 0, 0, change])])[0]!);
}

/** Algorithm 2 of Reddi et al. by hand, with what v becomes of itself and of Δ². */
function byHand(beta1: number, second: (v: number, square: number) => number): number[] {
  let [w, m, v] = [1, 0, tau ** 2];
  return CHANGES.map((change) => {
    m = beta1 * m + (1 - beta1) * change;
    v = second(v, change ** 2);
    w -= (eta * m) / (Math.sqrt(v) + tau);
    return w;
  });
}

function expectClose(found: readonly number[], wanted: readonly number[]): void {
  for (const [i, value] of wanted.entries()) expect(found[i]).toBeCloseTo(value, 5);
}

describe('server optimizers of Reddi et al. 2021, without bias correction and with v₀ = τ²', () => {
  it('FedAdagrad: the first step by numbers', () => {
    // v = 0.01 + 4, m = 2: 1 − 0.5·2/(√4.01 + 0.1)
    const [first] = run('fedadagrad', { kind: 'fedadagrad', beta1: 0, tau });
    expect(first).toBeCloseTo(1 - 1 / (2.002498439 + 0.1), 5);
  });

  it('FedAdagrad', () => {
    const found = run('fedadagrad', { kind: 'fedadagrad', beta1: 0.5, tau });
    expectClose(
      found,
      byHand(0.5, (v, square) => v + square),
    );
  });

  it('FedAdam', () => {
    const found = run('fedadam', { kind: 'fedadam', beta1: 0.9, beta2: 0.8, tau });
    expectClose(
      found,
      byHand(0.9, (v, square) => 0.8 * v + 0.2 * square),
    );
  });

  it('FedYogi, whose second moment goes down where the change is small', () => {
    const found = run('fedyogi', { kind: 'fedyogi', beta1: 0.9, beta2: 0.8, tau });
    expectClose(
      found,
      byHand(0.9, (v, square) => v - 0.2 * square * Math.sign(v - square)),
    );
  });

  it('a very large τ is averaging: η m/τ with η = τ', () => {
    const big = 1e4;
    const outer = { kind: 'fedadam', beta1: 0, beta2: 0.99, tau: big } as const;
    const server = new Server(createFedOpt({ name: 'fedadam', learningRate: 2 * big, outer }), {
      parameters: [1],
    });
    // v₀ = τ² as well, so that √v + τ is 2τ.
    expect(server.round([delta([0.5])])[0]).toBeCloseTo(0.5, 2);
  });

  it('FedAvgM: v ← βv + Δ; with β = 0 and η = 1 it is FedAvg', () => {
    const found = run('fedavgm', { kind: 'sgd', momentum: 0.9, nesterov: false });
    // v: 2, 0.8, 0.97
    expectClose(found, [1 - 0.5 * 2, 0 - 0.5 * 0.8, -0.4 - 0.5 * 0.97]);
    const outer = { kind: 'sgd', momentum: 0, nesterov: false } as const;
    const plain = new Server(createFedOpt({ name: 'fedavgm', learningRate: 1, outer }), { parameters: [1] });
    expect(plain.round([delta([0.25])])).toEqual([0.75]);
  });

  it('moments are kept in checkpoints, from v₀ on', () => {
    const outer = { kind: 'fedadam', beta1: 0.9, beta2: 0.99, tau } as const;
    const strategy = createFedOpt({ name: 'fedadam', learningRate: eta, outer });
    const server = new Server(strategy, { parameters: [1] });
    const before = server.weights.snapshot().find(({ name }) => name === 'outer.v')!;
    expect(before.data[0]).toBeCloseTo(tau ** 2, 8);
    server.round([delta([2])]);
    const resumed = new Server(strategy, { parameters: [0] });
    const kept = server.weights.snapshot();
    resumed.weights.restore(new Map(kept.map(({ name, data }) => [name, float32([data.length], data)])));
    expect(resumed.round([delta([1])])).toEqual(server.round([delta([1])]));
  });
});
