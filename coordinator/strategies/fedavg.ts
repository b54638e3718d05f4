import { outerStep, weighByExamples } from './local-work.ts';
import { goalOf, mayClose, type OwnTraining, planOwnWork } from './own-work.ts';
import type { Strategy } from './strategy.ts';

/**
 * Federated averaging (McMahan et al. 2017, "Communication-efficient learning of deep networks from decentralized data").
 *
 * Each of the selected participants takes E epochs (1 by default) of the job's optimizer over its own nₖ rows, in batches of B (the
 * job's), and sends Δₖ = w − wₖ:
 *
 *   w ← w − Σₖ nₖ Δₖ / Σₖ nₖ
 */
export function createFedAvg(training: OwnTraining) {
  return {
    name: 'fedavg',
    serverVectors: [],
    summation: 'position',
    goal: goalOf(training.selection),
    plan: (context) => planOwnWork(context, training),
    accept: weighByExamples,
    finish: (context) => (mayClose(context) ? outerStep(context, 1) : undefined),
  } satisfies Strategy;
}
