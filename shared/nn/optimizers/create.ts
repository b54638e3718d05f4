import type { OptimizerJob } from '../../job/job.ts';
import { adam } from './adam.ts';
import type { Optimizer } from './optimizer.ts';
import { rmsprop } from './rmsprop.ts';
import { sgd } from './sgd.ts';

/** The optimizer that a job describes; it holds no state of its own, so one serves any number of vectors. */
export function createOptimizer(job: OptimizerJob): Optimizer {
  switch (job.kind) {
    case 'sgd':
      return sgd(job);
    case 'rmsprop':
      return rmsprop(job);
    case 'adam':
    case 'adamw':
      return adam(job);
  }
}
