import type { OptimizerJob } from '../../job/job.ts';
import { adadelta } from './adadelta.ts';
import { adafactor } from './adafactor.ts';
import { adagrad } from './adagrad.ts';
import { adam } from './adam.ts';
import { adamax } from './adamax.ts';
import { lamb } from './lamb.ts';
import { lion } from './lion.ts';
import { muon } from './muon.ts';
import { nadam } from './nadam.ts';
import type { Optimizer } from './optimizer.ts';
import { radam } from './radam.ts';
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
    case 'adadelta':
      return adadelta(job);
    case 'adafactor':
      return adafactor(job);
    case 'adagrad':
      return adagrad(job);
    case 'adamax':
      return adamax(job);
    case 'lamb':
      return lamb(job);
    case 'lion':
      return lion(job);
    case 'muon':
      return muon(job);
    case 'nadam':
      return nadam(job);
    case 'radam':
      return radam(job);
  }
}
