import type { OptimizerJob } from '../../job/job.ts';
import { type Optimizer, overDecayGroups } from './optimizer.ts';

/**
 * RMSprop as PyTorch's `RMSprop` defines it, not centred (G. Hinton, Coursera lecture 6e, 2012):
 * v ← αv + (1−α)g², b ← μb + g/(√v + ε), w ← w − lr·b; without momentum the step is g/(√v + ε) itself.
 */
export function rmsprop(job: Extract<OptimizerJob, { kind: 'rmsprop' }>): Optimizer {
  return {
    slots: job.momentum === 0 ? ['squares'] : ['squares', 'momentum'],
    step(memory, parameters, gradient, state, layout, { learningRate, gradientScale = 1 }) {
      overDecayGroups(layout, job.weightDecay, { parameters, gradient, state }, (p, g, slot, l2) => {
        const buffer = job.momentum === 0 ? undefined : slot('momentum');
        const { decay, epsilon, momentum } = job;
        const coefficients = { gradientScale, learningRate, l2, decay, epsilon, momentum };
        memory.kernels.rmsprop(p, slot('squares'), buffer, g, coefficients);
      });
    },
  };
}
