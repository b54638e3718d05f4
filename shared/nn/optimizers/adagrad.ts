import type { OptimizerJob } from '../../job/job.ts';
import { type Optimizer, overDecayGroups } from './optimizer.ts';

/** Adagrad (Duchi, Hazan and Singer, JMLR 2011) as PyTorch defines it: s ← s + g², w ← w − lr·g/(√s + ε). */
export function adagrad(job: Extract<OptimizerJob, { kind: 'adagrad' }>): Optimizer {
  const { epsilon } = job;
  return {
    slots: ['squares'],
    step(memory, parameters, gradient, state, layout, { learningRate, gradientScale = 1 }) {
      overDecayGroups(layout, job.weightDecay, { parameters, gradient, state }, (p, g, slot, l2) => {
        memory.kernels.adagrad(p, slot('squares'), g, { gradientScale, learningRate, l2, epsilon });
      });
    },
  };
}
