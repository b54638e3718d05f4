import { outerStep, planLocalSteps, weighByExamples } from './local-work.ts';
import type { Strategy } from './strategy.ts';

export interface LocalStepsOptions {
  /** H: optimizer steps of each member between two averages. */
  readonly steps: number;
  /** Rate of the outer optimizer; its momentum belongs to the optimizer. */
  readonly outerLearningRate: number;
}

/**
 * Local SGD (Stich 2019, "Local SGD converges fast and communicates little") and DiLoCo (Douillard et al. 2023).
 *
 * A window is H global batches. Each member takes H steps of the inner optimizer with its share of the batch, and sends
 * Δᵢ = w_start − w_end. The outer optimizer moves the weights by the mean, weighted by examples:
 *
 *   w ← outer(w, Σᵢ nᵢ Δᵢ / Σᵢ nᵢ)
 *
 * Outer SGD with rate 1 is local SGD; Nesterov with rate 0.7 and momentum 0.9, and H = 500, is DiLoCo.
 */
export function createLocalSteps({ steps, outerLearningRate }: LocalStepsOptions): Strategy {
  return {
    name: 'local-steps',
    serverVectors: [],
    summation: 'position',
    plan: (context) => planLocalSteps(context, steps),
    accept: weighByExamples,
    finish: (context) => (context.outstanding > 0 ? undefined : outerStep(context, outerLearningRate)),
  };
}
