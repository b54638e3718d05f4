import type { UpdateHeader } from '../rounds/types.ts';
import { createFedAvg } from './fedavg.ts';
import type { OwnTraining } from './own-work.ts';
import type { Strategy, Verdict } from './strategy.ts';

export interface QFedAvgOptions extends OwnTraining {
  /** q ≥ 0: how much more members with a large loss count. */
  readonly q: number;
}

/** F^(q−1) of a loss of nothing has no value where q < 1. */
const LEAST_LOSS = 1e-10;

/**
 * q-FedAvg (Li et al. 2020, "Fair resource allocation in federated learning", algorithm 2): members whose loss Fₖ is large count for
 * more, so that the loss is spread more evenly. With L = 1/η of the members' learning rate and Fₖ of the weights that they start from:
 *
 *   hₖ = q Fₖ^(q−1) ‖L Δₖ‖² + L Fₖ^q;   w ← w − Σₖ Fₖ^q L Δₖ / Σₖ hₖ
 *
 * q = 0 is the plain mean of the members, each counting alike, as the paper has it; 1 by default (the paper's q goes from 0.001 to 5).
 */
export function createQFedAvg({ q, ...training }: QFedAvgOptions): Strategy {
  const base = createFedAvg(training);
  return {
    ...base,
    name: 'q-fedavg',
    plan: (context) =>
      base.plan(context).map((piece) => ({ ...piece, measures: ['base-loss', 'delta-squares'] })),
    accept: (header, { learningRate }) => weigh(header, q, 1 / learningRate),
  };
}

function weigh({ examples, sums }: UpdateHeader, q: number, lipschitz: number): Verdict {
  if (!(examples > 0)) return { refuse: 'it was made of no examples' };
  const squares = sums['delta-squares'];
  const loss = (sums['base-loss'] ?? Number.NaN) / (sums['base-denominator'] ?? Number.NaN);
  if (!(loss >= 0 && Number.isFinite(loss)))
    return { refuse: 'it came without the loss of the weights it started from, or with one below 0' };
  if (squares === undefined || !(squares >= 0)) return { refuse: 'it came without the size of its change' };
  const base = loss + LEAST_LOSS;
  const weight = lipschitz * base ** q;
  const divisor = q * base ** (q - 1) * lipschitz ** 2 * squares + weight;
  if (!(Number.isFinite(divisor) && divisor > 0))
    return { refuse: `with q = ${q} a loss of ${loss} weighs ${divisor}: take a smaller q` };
  return { weight, buffersWeight: examples, divisor };
}
