import type { OptimizerJob } from '../../job/job.ts';
import { type Optimizer, overDecayGroups } from './optimizer.ts';

/**
 * Lion (Chen et al., "Symbolic discovery of optimization algorithms", 2023): the step is the sign of a blend of momentum
 * and gradient; the weight decay is decoupled. It wants a rate 3 to 10 times smaller than AdamW's.
 */
export function lion(job: Extract<OptimizerJob, { kind: 'lion' }>): Optimizer {
  const { beta1, beta2 } = job;
  return {
    slots: ['m'],
    step(memory, parameters, gradient, state, layout, { learningRate, gradientScale = 1 }) {
      overDecayGroups(layout, job.weightDecay, { parameters, gradient, state }, (p, g, slot, decay) => {
        const shrink = 1 - learningRate * decay;
        memory.kernels.lion(p, slot('m'), g, { gradientScale, learningRate, beta1, beta2, shrink });
      });
    },
  };
}
