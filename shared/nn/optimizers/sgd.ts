import type { OptimizerJob } from '../../job/job.ts';
import { type Optimizer, overDecayGroups } from './optimizer.ts';

/**
 * Stochastic gradient descent as PyTorch's `SGD` defines it, with `dampening` 0: the decay is added to the gradient,
 * b ← μb + g, and the step is b, or g + μb with Nesterov's momentum (Sutskever et al., ICML 2013). With a mean of
 * w_start − w_end as the gradient it is the outer optimizer of local SGD and DiLoCo.
 */
export function sgd(job: Extract<OptimizerJob, { kind: 'sgd' }>): Optimizer {
  const slots = job.momentum === 0 ? [] : ['momentum'];
  return {
    slots,
    step(memory, parameters, gradient, state, layout, { learningRate, gradientScale = 1 }) {
      overDecayGroups(layout, job.weightDecay, { parameters, gradient, state }, (p, g, slot, l2) => {
        const buffer = job.momentum === 0 ? undefined : slot('momentum');
        const { momentum, nesterov } = job;
        memory.kernels.sgd(p, buffer, g, { gradientScale, learningRate, l2, momentum, nesterov });
      });
    },
  };
}
