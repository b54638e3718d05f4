import type { OptimizerJob } from '../../job/job.ts';
import { countedFromOne, type Optimizer, overDecayGroups } from './optimizer.ts';

/**
 * Adam (Kingma and Ba, 2015) and AdamW (Loshchilov and Hutter, 2019) as PyTorch defines them. They differ in the
 * weight decay: Adam adds it to the gradient, AdamW shrinks the weights by lr·decay beside the step.
 */
export function adam(job: Extract<OptimizerJob, { kind: 'adam' | 'adamw' }>): Optimizer {
  const { beta1, beta2, epsilon } = job;
  const decoupled = job.kind === 'adamw';
  return {
    slots: ['m', 'v'],
    step(memory, parameters, gradient, state, layout, { learningRate, step, gradientScale = 1 }) {
      countedFromOne('Adam', step);
      const rate = learningRate / (1 - beta1 ** step);
      const bias2 = 1 / Math.sqrt(1 - beta2 ** step);
      overDecayGroups(layout, job.weightDecay, { parameters, gradient, state }, (p, g, slot, decay) => {
        memory.kernels.adam(p, slot('m'), slot('v'), g, {
          ...{ gradientScale, beta1, beta2, rate, bias2, epsilon },
          l2: decoupled ? 0 : decay,
          shrink: decoupled ? 1 - learningRate * decay : 1,
        });
      });
    },
  };
}
