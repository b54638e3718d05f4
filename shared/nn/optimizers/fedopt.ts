import type { AdaptiveServerJob } from '../../job/strategy-job.ts';
import type { Optimizer } from './optimizer.ts';
import { stateVector } from './optimizer.ts';

/**
 * The server optimizers FedAdagrad, FedAdam and FedYogi (Reddi et al. 2021, "Adaptive federated optimization", algorithm 2), over
 * the mean change Δ of the members (w_start − w_end, so that it acts as a gradient):
 *
 *   m ← β₁ m + (1 − β₁) Δ
 *   v ← v + Δ²                              FedAdagrad
 *   v ← β₂ v + (1 − β₂) Δ²                  FedAdam
 *   v ← v − (1 − β₂) Δ² sign(v − Δ²)        FedYogi
 *   w ← w − η m/(√v + τ)
 *
 * As in the paper moments are not corrected for their start, which is m = 0 and v = τ²; τ says how adaptive the step is.
 */
export function fedopt(job: AdaptiveServerJob): Optimizer {
  const { kind, beta1, beta2 = 0, tau } = job;
  const [keep, take] = kind === 'fedadagrad' ? [1, 1] : [beta2, 1 - beta2];
  return {
    slots: ['m', 'v'],
    initial: (slot) => (slot === 'v' ? tau ** 2 : 0),
    step(memory, parameters, gradient, state, layout, { learningRate, gradientScale = 1 }) {
      const range = (name: string) => stateVector(state, name).slice(0, layout.trainable);
      memory.kernels.fedopt(
        parameters.slice(0, layout.trainable),
        range('m'),
        range('v'),
        gradient.slice(0, layout.trainable),
        { gradientScale, learningRate, beta1, keep, take, tau, yogi: kind === 'fedyogi' },
      );
    },
  };
}
