import type { ServerOptimizerJob } from '../../shared/job/strategy-job.ts';
import { createFedAvg } from './fedavg.ts';
import { outerStep } from './local-work.ts';
import { mayClose, type OwnTraining } from './own-work.ts';
import type { Strategy } from './strategy.ts';

export interface FedOptOptions extends OwnTraining {
  readonly name: 'fedavgm' | 'fedadagrad' | 'fedadam' | 'fedyogi';
  /** η: the server's learning rate. */
  readonly learningRate: number;
  readonly outer: ServerOptimizerJob;
}

/**
 * FedOpt (Reddi et al. 2021, "Adaptive federated optimization", algorithm 2): what federated averaging does with the members' mean change
 * Δ = Σₖ nₖ Δₖ / Σₖ nₖ is a step of SGD with rate 1; another optimizer may take it for its gradient.
 *
 *   FedAvgM (Hsu et al. 2019, "Measuring the effects of non-identical data distribution"): v ← β v + Δ;  w ← w − η v
 *       η = 1, β = 0.9
 *   FedAdagrad, FedAdam, FedYogi: shared/nn/optimizers/fedopt.ts
 *       η = 0.1, 0.01, 0.01 (the paper tunes it for each task); β₁ = 0.9 (FedAdagrad: 0), β₂ = 0.99, τ = 0.001, as in the paper
 */
export function createFedOpt({ name, learningRate, outer, ...training }: FedOptOptions): Strategy {
  return {
    ...createFedAvg(training),
    name,
    outer,
    finish: (context) => (mayClose(context) ? outerStep(context, learningRate) : undefined),
  };
}
