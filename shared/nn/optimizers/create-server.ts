import type { ServerOptimizerJob } from '../../job/strategy-job.ts';
import { createOptimizer } from './create.ts';
import { fedopt } from './fedopt.ts';
import type { Optimizer } from './optimizer.ts';

/** The optimizer that moves the weights by the mean change of the members; plain averaging is SGD. */
export function createServerOptimizer(job: ServerOptimizerJob): Optimizer {
  if (job.kind !== 'sgd') return fedopt(job);
  return createOptimizer({ ...job, learningRate: 1, weightDecay: 0 });
}
