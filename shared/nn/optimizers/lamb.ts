import type { OptimizerJob } from '../../job/job.ts';
import { countedFromOne, type Optimizer, stateVector, trainableEntries } from './optimizer.ts';

/**
 * LAMB (You et al., "Large batch optimization for deep learning", ICLR 2020, algorithm 2) with bias correction: each
 * tensor takes Adam's direction, plus decay, at the length of its own weights. A tensor of zeros, or a direction of
 * zeros, has the trust ratio 1.
 */
export function lamb(job: Extract<OptimizerJob, { kind: 'lamb' }>): Optimizer {
  const { beta1, beta2, epsilon } = job;
  return {
    slots: ['m', 'v'],
    step(memory, parameters, gradient, state, layout, { learningRate, step, gradientScale = 1 }) {
      countedFromOne('LAMB', step);
      const { kernels } = memory;
      const bias1 = 1 / (1 - beta1 ** step);
      const bias2 = 1 / Math.sqrt(1 - beta2 ** step);
      for (const { offset, length, decay } of trainableEntries(layout)) {
        const cut = (slot: string) => stateVector(state, slot).slice(offset, offset + length);
        const [p, m, v] = [parameters.slice(offset, offset + length), cut('m'), cut('v')];
        const common = { gradientScale, beta1, beta2, bias1, bias2, epsilon };
        const coefficients = { ...common, decay: decay ? job.weightDecay : 0 };
        const weight = Math.sqrt(kernels.sumOfSquares(p));
        const direction = Math.sqrt(
          kernels.lambMoments(p, m, v, gradient.slice(offset, offset + length), coefficients),
        );
        const trust = weight > 0 && direction > 0 ? weight / direction : 1;
        kernels.lambStep(p, m, v, learningRate * trust, coefficients);
      }
    },
  };
}
