import { outerStep, planTraining } from './local-work.ts';
import { goalOf, mayClose, type OwnTraining } from './own-work.ts';
import type { Strategy } from './strategy.ts';

/** K optimizer steps of each member in a round: `steps`, or those that so many epochs have. */
export interface ScaffoldOptions extends OwnTraining {
  /** η_g: how far the server goes along the mean of the deltas. */
  readonly learningRate: number;
  /** N: members over which the server's control variate is a mean; those that are there when undefined. */
  readonly population?: number | undefined;
}

const CONTROL = 'control';

/**
 * SCAFFOLD (Karimireddy et al. 2020, algorithm 1 with option II): control variates correct the drift of local steps.
 *
 *   member: g ← g + c − cᵢ;   cᵢ⁺ = cᵢ − c + (w_start − w_end)/(K η_l);   sends Δᵢ and cᵢ⁺ − cᵢ
 *   server: w ← w − η_g mean(Δᵢ);   c ← c + (|S|/N) mean(cᵢ⁺ − cᵢ) = c + Σᵢ (cᵢ⁺ − cᵢ)/N
 *
 * As in the paper members count alike, whatever their number of examples.
 */
export function createScaffold({ learningRate, population, ...training }: ScaffoldOptions): Strategy {
  const corrections = [
    { vector: CONTROL, owner: 'server', coefficient: 1 },
    { vector: CONTROL, owner: 'member', coefficient: -1 },
  ] as const;
  return {
    name: 'scaffold',
    serverVectors: [CONTROL],
    summation: 'position',
    goal: goalOf(training.selection),
    plan: (context) =>
      planTraining(context, training).map((piece) => ({
        ...piece,
        terms: { corrections },
        sections: [{ name: CONTROL, make: 'control' }],
      })),
    accept: (header) =>
      header.sections.includes(CONTROL)
        ? { weight: 1, buffersWeight: header.examples, divisor: 1 }
        : { refuse: `it came without its section ${CONTROL}` },
    finish: (context) => {
      if (!mayClose(context)) return undefined;
      const scale = 1 / Math.max(population ?? context.present, context.received);
      return { ...outerStep(context, learningRate), vectors: [{ name: CONTROL, scale }] };
    },
  };
}
