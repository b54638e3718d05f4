import type { OptimizerJob } from '../../job/job.ts';
import { countedFromOne, type Optimizer, overDecayGroups } from './optimizer.ts';

/** NAdam (Dozat, 2016) as PyTorch defines it: Adam with Nesterov's momentum, whose coefficient μ rises with the steps. */
export function nadam(job: Extract<OptimizerJob, { kind: 'nadam' }>): Optimizer {
  const { beta1, beta2, epsilon } = job;
  const momentum = (step: number) => beta1 * (1 - 0.5 * 0.96 ** (step * job.momentumDecay));
  const product = runningProduct(momentum);
  return {
    slots: ['m', 'v'],
    step(memory, parameters, gradient, state, layout, { learningRate, step, gradientScale = 1 }) {
      countedFromOne('NAdam', step);
      const next = momentum(step + 1);
      const rateGradient = (learningRate * (1 - momentum(step))) / (1 - product(step));
      const rateMoment = (learningRate * next) / (1 - product(step) * next);
      const bias2 = 1 / Math.sqrt(1 - beta2 ** step);
      overDecayGroups(layout, job.weightDecay, { parameters, gradient, state }, (p, g, slot, l2) => {
        const rates = { rateGradient, rateMoment, bias2 };
        memory.kernels.nadam(p, slot('m'), slot('v'), g, {
          ...{ gradientScale, beta1, beta2, ...rates, epsilon, l2 },
        });
      });
    },
  };
}

/** Π of factor(1 … step), a function of the step alone; remembers the last, as steps come one after the other. */
function runningProduct(factor: (step: number) => number): (step: number) => number {
  let last = { step: 0, value: 1 };
  return (step) => {
    let { step: at, value } = last.step <= step ? last : { step: 0, value: 1 };
    // Below the smallest number nothing changes any more: a resumed run of many steps does not count them all.
    while (at < step && value > 0) value *= factor(++at);
    last = { step, value };
    return value;
  };
}
