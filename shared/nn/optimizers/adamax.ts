import type { OptimizerJob } from '../../job/job.ts';
import { countedFromOne, type Optimizer, overDecayGroups } from './optimizer.ts';

/** AdaMax (Kingma and Ba, 2015, section 7.1) as PyTorch defines it: Adam under the infinity norm. */
export function adamax(job: Extract<OptimizerJob, { kind: 'adamax' }>): Optimizer {
  const { beta1, beta2, epsilon } = job;
  return {
    slots: ['m', 'u'],
    step(memory, parameters, gradient, state, layout, { learningRate, step, gradientScale = 1 }) {
      countedFromOne('Adamax', step);
      const rate = learningRate / (1 - beta1 ** step);
      overDecayGroups(layout, job.weightDecay, { parameters, gradient, state }, (p, g, slot, l2) => {
        const coefficients = { gradientScale, beta1, beta2, rate, epsilon, l2 };
        memory.kernels.adamax(p, slot('m'), slot('u'), g, coefficients);
      });
    },
  };
}
