import type { OptimizerJob } from '../../job/job.ts';
import { countedFromOne, type Optimizer, overDecayGroups } from './optimizer.ts';

/**
 * RAdam (Liu et al., ICLR 2020) as PyTorch defines it: Adam whose adaptive rate is rectified by its variance, and plain
 * momentum in the first steps, where the variance is not defined. Both are Adam's pass with other coefficients.
 */
export function radam(job: Extract<OptimizerJob, { kind: 'radam' }>): Optimizer {
  const { beta1, beta2, epsilon } = job;
  const longest = 2 / (1 - beta2) - 1;
  return {
    slots: ['m', 'v'],
    step(memory, parameters, gradient, state, layout, { learningRate, step, gradientScale = 1 }) {
      countedFromOne('RAdam', step);
      const correction2 = 1 - beta2 ** step;
      const length = longest - (2 * step * beta2 ** step) / correction2;
      const rate = learningRate / (1 - beta1 ** step);
      const rectified = length > 5;
      const factor = rectified ? rectification(length, longest) * Math.sqrt(correction2) : 1;
      overDecayGroups(layout, job.weightDecay, { parameters, gradient, state }, (p, g, slot, l2) => {
        memory.kernels.adam(p, slot('m'), slot('v'), g, {
          ...{ gradientScale, beta1, beta2, l2, shrink: 1, rate: rate * factor },
          ...(rectified ? { bias2: 1, epsilon } : { bias2: 0, epsilon: 1 }),
        });
      });
    },
  };
}

function rectification(length: number, longest: number): number {
  const ratio = ((length - 4) * (length - 2) * longest) / ((longest - 4) * (longest - 2) * length);
  return Math.sqrt(ratio);
}
