import type { SelectionJob } from '../../shared/job/job.ts';
import { outerStep, weighByExamples } from './local-work.ts';
import { goalOf, planOwnWork } from './own-work.ts';
import type { Strategy } from './strategy.ts';

export interface FedAvgOptions {
  /** E: passes of each participant over its own rows in a round. */
  readonly epochs: number;
  /** Optimizer steps of each participant in a round at most. */
  readonly steps?: number | undefined;
  /** B: examples of one optimizer step; 0 for all rows of the participant (the paper's ∞). */
  readonly batch: number;
  /** C: who is asked; everyone when undefined. */
  readonly selection?: SelectionJob | undefined;
}

/**
 * Federated averaging (McMahan et al. 2017, "Communication-efficient learning of deep networks from decentralized data").
 *
 * Each of the selected participants takes E epochs of the job's optimizer over its own nₖ rows, and sends Δₖ = w − wₖ:
 *
 *   w ← w − Σₖ nₖ Δₖ / Σₖ nₖ
 *
 * One epoch with all rows in one batch is FedSGD.
 */
export function createFedAvg({ epochs, steps, batch, selection }: FedAvgOptions): Strategy {
  return {
    name: 'fedavg',
    serverVectors: [],
    summation: 'position',
    goal: goalOf(selection),
    plan: (context) =>
      planOwnWork(context, { kind: 'own', epochs, batch, ...(steps !== undefined && { steps }) }, selection),
    accept: weighByExamples,
    finish: (context) => (context.outstanding > 0 && !context.enough ? undefined : outerStep(context, 1)),
  };
}
