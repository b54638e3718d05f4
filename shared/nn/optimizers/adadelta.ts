import type { OptimizerJob } from '../../job/job.ts';
import { type Optimizer, overDecayGroups } from './optimizer.ts';

/** Adadelta (Zeiler, 2012) as PyTorch defines it: the step has the size of the steps before it, its rate is a factor. */
export function adadelta(job: Extract<OptimizerJob, { kind: 'adadelta' }>): Optimizer {
  const { decay, epsilon } = job;
  return {
    slots: ['squares', 'updates'],
    step(memory, parameters, gradient, state, layout, { learningRate, gradientScale = 1 }) {
      overDecayGroups(layout, job.weightDecay, { parameters, gradient, state }, (p, g, slot, l2) => {
        const coefficients = { gradientScale, learningRate, l2, decay, epsilon };
        memory.kernels.adadelta(p, slot('squares'), slot('updates'), g, coefficients);
      });
    },
  };
}
