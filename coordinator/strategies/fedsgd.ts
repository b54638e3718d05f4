import { createFedAvg } from './fedavg.ts';
import type { OwnTraining } from './own-work.ts';
import type { Strategy } from './strategy.ts';

/**
 * FedSGD (McMahan et al. 2017): federated averaging with E = 1 and B = ∞, which is one step along each participant's whole gradient gₖ.
 * With plain SGD on the members it is SGD with large batches:
 *
 *   w ← w − η Σₖ nₖ gₖ / Σₖ nₖ
 */
export function createFedSgd({ selection }: Pick<OwnTraining, 'selection'>): Strategy {
  return { ...createFedAvg({ epochs: 1, batch: 0, selection }), name: 'fedsgd' };
}
