import { createFedAvg } from './fedavg.ts';
import { type OwnTraining, planOwnWork } from './own-work.ts';
import type { Strategy } from './strategy.ts';

export interface DittoOptions extends OwnTraining {
  /** λ: how hard a member's own model is held at the common one; the paper tries 0.05 to 2. */
  readonly lambda: number;
  /** Epochs of a member's own model in a round. */
  readonly personalEpochs: number;
}

/**
 * Ditto (Li et al. 2021, "Ditto: fair and robust federated learning through personalization", algorithm 1): the common model is FedAvg's;
 * beside it each member trains one of its own, vₖ, which stays with it, and which it evaluates with:
 *
 *   vₖ ← vₖ − η (∇Fₖ(vₖ) + λ(vₖ − w))
 *
 * λ = 0.1 by default. Large λ makes vₖ the common model, 0 one that is trained on its own rows alone.
 */
export function createDitto({ lambda, personalEpochs, ...training }: DittoOptions): Strategy {
  return {
    ...createFedAvg(training),
    name: 'ditto',
    evaluates: { beside: true },
    plan: (context) =>
      planOwnWork(context, training, { beside: { epochs: personalEpochs, proximal: lambda } }),
  };
}
