import { outerStep, planLocalSteps, weighByExamples } from './local-work.ts';
import type { Strategy } from './strategy.ts';

/** Names that `buildModel` gives to the parameters and statistics of batch normalisation. */
export const BATCH_NORM: readonly string[] = ['batch_norm*', '*.batch_norm*', 'bn*', '*.bn*'];

export interface FedBnOptions {
  /** Optimizer steps of each member between two averages. */
  readonly steps: number;
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
export function createFedBn({ steps, local = BATCH_NORM }: FedBnOptions): Strategy {
  return {
    name: 'fedbn',
    local,
    serverVectors: [],
    summation: 'position',
    plan: (context) => planLocalSteps(context, steps).map((piece) => ({ ...piece, local })),
    accept: weighByExamples,
    finish: (context) => (context.outstanding > 0 ? undefined : outerStep(context, 1)),
  };
}
