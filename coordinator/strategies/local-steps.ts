import type { ServerOptimizerJob } from '../../shared/job/strategy-job.ts';
import { outerStep, planTraining, weighByExamples } from './local-work.ts';
import { goalOf, mayClose, type OwnTraining } from './own-work.ts';
import type { Strategy } from './strategy.ts';

export interface LocalStepsOptions extends OwnTraining {
  /** H: optimizer steps of each member between two averages. */
  readonly steps: number;
  /** Rate of the outer optimizer; its momentum belongs to the optimizer. */
  readonly outerLearningRate: number;
  /** Of the outer optimizer: plain SGD when left out. */
  readonly outer?: ServerOptimizerJob;
}

/**
 * Local SGD (Stich 2019, "Local SGD converges fast and communicates little") and DiLoCo (Douillard et al. 2023).
 *
 * A window is H global batches. Each member takes H steps of the inner optimizer with its share of the batch, and sends
 * Δᵢ = w_start − w_end. The outer optimizer moves the weights by the mean, weighted by examples:
 *
 *   w ← outer(w, Σᵢ nᵢ Δᵢ / Σᵢ nᵢ)
 *
 * Outer SGD with rate 1 is local SGD; Nesterov with rate 0.7 and momentum 0.9, and H = 500, is DiLoCo. On rows of their own members
 * take the H steps over as many epochs as they need. The inner optimizer keeps its moments from window to window.
 */
export function createLocalSteps({ outerLearningRate, outer, ...training }: LocalStepsOptions): Strategy {
  return {
    name: 'local-steps',
    ...(outer && { outer }),
    serverVectors: [],
    summation: 'position',
    goal: goalOf(training.selection),
    plan: (context) => planTraining(context, training, { keepsOptimizer: true }),
    accept: weighByExamples,
    finish: (context) => (mayClose(context) ? outerStep(context, outerLearningRate) : undefined),
  };
}
