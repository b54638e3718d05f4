import { createFedAvg } from './fedavg.ts';
import { outerStep } from './local-work.ts';
import { mayClose, type OwnTraining } from './own-work.ts';
import type { Strategy } from './strategy.ts';

export interface FedDynOptions extends OwnTraining {
  /** α > 0: how hard members are held at the server's weights; the paper tries 0.1, 0.01 and 0.001. */
  readonly alpha: number;
  /** m: participants of the whole run; those that are there when undefined. */
  readonly population?: number | undefined;
}

const DUAL = 'dual';
const DRIFT = 'drift';

/**
 * FedDyn (Acar et al. 2021, "Federated learning based on dynamic regularization", algorithm 1): a linear term that each member keeps
 * makes the minima of the members those of the whole.
 *
 *   member: makes  Fₖ(w) − ⟨λₖ, w⟩ + α/2 ‖w − w_start‖²  small, so that g ← g − λₖ + α(w − w_start);  λₖ ← λₖ + α Δₖ, Δₖ = w_start − wₖ
 *   server: h ← h + (1/m) Σₖ Δₖ;  w ← w − mean(Δₖ) − h
 *
 * The server's h is the paper's over α. Members count alike, as in the paper; those that keep λₖ from round to round are worth having.
 * α = 0.01 by default. With no α the members do what they do in FedAvg, but the server still adds h: the paper's method has no limit there.
 */
export function createFedDyn({ alpha, population, ...training }: FedDynOptions): Strategy {
  const base = createFedAvg(training);
  const terms = {
    proximal: alpha,
    corrections: [{ vector: DUAL, owner: 'member', coefficient: -1 }],
  } as const;
  return {
    ...base,
    name: 'feddyn',
    serverVectors: [DRIFT],
    plan: (context) =>
      base.plan(context).map((piece) => ({
        ...piece,
        terms,
        sections: [{ name: DUAL, make: 'dual', coefficient: alpha }],
      })),
    accept: ({ examples }) =>
      examples > 0
        ? { weight: 1, buffersWeight: examples, divisor: 1 }
        : { refuse: 'it was made of no examples' },
    finish: (context) => {
      if (!mayClose(context)) return undefined;
      const members = Math.max(population ?? context.present, context.received);
      return {
        ...outerStep(context, 1),
        vectors: [{ name: DRIFT, scale: 1 / members, from: 'parameters' }],
        corrections: [{ vector: DRIFT, coefficient: -1 }],
      };
    },
  };
}
