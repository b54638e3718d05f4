import { createFedAvg } from './fedavg.ts';
import type { OwnTraining } from './own-work.ts';
import type { Strategy } from './strategy.ts';

export interface FedProxOptions extends OwnTraining {
  /** μ ≥ 0: how hard members are held at the weights that they started from; the paper tries 0.001, 0.01, 0.1 and 1. */
  readonly mu: number;
}

/**
 * FedProx (Li et al. 2020, "Federated optimization in heterogeneous networks"): federated averaging where each participant makes
 *
 *   Fₖ(w) + μ/2 ‖w − w_start‖²
 *
 * small, so that its gradient is g + μ(w − w_start). With `work: by-speed` slower participants do a part of the work (the paper's γ-inexact
 * solutions) instead of being left out. μ = 0 is FedAvg; 0.01 by default.
 */
export function createFedProx({ mu, ...training }: FedProxOptions): Strategy {
  const base = createFedAvg(training);
  if (mu === 0) return { ...base, name: 'fedprox' };
  return {
    ...base,
    name: 'fedprox',
    plan: (context) => base.plan(context).map((piece) => ({ ...piece, terms: { proximal: mu } })),
  };
}
