import { outerStep, planTraining, weighByExamples } from './local-work.ts';
import { goalOf, mayClose, type OwnTraining } from './own-work.ts';
import type { Strategy } from './strategy.ts';

/** Names that `buildModel` gives to the parameters and statistics of batch normalisation. */
export const BATCH_NORM: readonly string[] = ['batch_norm*', '*.batch_norm*', 'bn*', '*.bn*'];

export interface FedBnOptions extends OwnTraining {
  /** Globs of parameter names that stay with the member. */
  readonly local?: readonly string[];
}

/**
 * FedBN (Li et al. 2021, "FedBN: Federated learning on non-IID features via local batch normalization"): federated averaging of
 * everything but the parameters and statistics of batch normalisation, which each member keeps for itself.
 * The held-out rows of a member's share are evaluated with its own; in the server's weights they keep their initial values.
 *
 *   w ← w − Σᵢ nᵢ Δᵢ / Σᵢ nᵢ    for all parameters that are not local
 */
export function createFedBn({ local = BATCH_NORM, ...training }: FedBnOptions): Strategy {
  return {
    name: 'fedbn',
    local,
    serverVectors: [],
    summation: 'position',
    goal: goalOf(training.selection),
    plan: (context) => planTraining(context, training).map((piece) => ({ ...piece, local })),
    accept: weighByExamples,
    finish: (context) => (mayClose(context) ? outerStep(context, 1) : undefined),
  };
}
