import type { UpdateHeader } from '../rounds/types.ts';
import { createFedAvg } from './fedavg.ts';
import { outerStep } from './local-work.ts';
import { mayClose, type OwnTraining } from './own-work.ts';
import type { AcceptContext, Strategy, Verdict } from './strategy.ts';

export interface FedNovaOptions extends OwnTraining {
  /** How far the server goes; 1 in the paper. */
  readonly learningRate: number;
  /** μ of a proximal term on the members (FedProx); 0 for none. */
  readonly mu: number;
  /** Of the members' optimizer, where it is SGD; 0 for others, whose steps are counted as they are. */
  readonly momentum?: { readonly momentum: number; readonly nesterov: boolean };
}

/** More steps than anybody takes in a round: so many are counted, no more. */
const MOST_STEPS = 10_000_000;

/**
 * FedNova (Wang et al. 2020, "Tackling the objective inconsistency problem in heterogeneous federated optimization"): members that take
 * more steps do not count for more. With pₖ = nₖ/Σ n and the accumulation ‖aₖ‖₁ of a member's τₖ steps:
 *
 *   w ← w − η (Σₖ pₖ ‖aₖ‖₁) · Σₖ pₖ Δₖ/‖aₖ‖₁
 *
 * ‖aₖ‖₁ is τₖ for plain SGD, (τ − ρ(1 − ρ^τ)/(1 − ρ))/(1 − ρ) with momentum ρ, and (1 − (1 − ημ)^τ)/(ημ) with a proximal term. Equal
 * steps of all make it FedAvg.
 */
export function createFedNova({ learningRate, mu, momentum, ...training }: FedNovaOptions): Strategy {
  const base = createFedAvg(training);
  return {
    ...base,
    name: 'fednova',
    plan: (context) =>
      base.plan(context).map((piece) => (mu > 0 ? { ...piece, terms: { proximal: mu } } : piece)),
    accept: (header, { learningRate: local }) => weigh(header, { momentum, pull: local * mu }),
    finish: (context) => {
      if (!mayClose(context)) return undefined;
      const effective = (context.scalars['effective-steps'] ?? 0) / context.divisor;
      return outerStep(context, learningRate * effective);
    },
  };
}

function weigh(header: UpdateHeader, options: Accumulation): Verdict {
  const { examples, steps } = header;
  if (!(examples > 0)) return { refuse: 'it was made of no examples' };
  if (!(steps >= 1 && steps <= MOST_STEPS)) return { refuse: `it says that it took ${steps} steps` };
  const total = accumulated(steps, options);
  if (!(total > 0)) return { refuse: 'its steps add up to nothing: rate and mu are too large together' };
  return {
    weight: examples / total,
    buffersWeight: examples,
    divisor: examples,
    scalars: { 'effective-steps': examples * total },
  };
}

interface Accumulation {
  readonly momentum?: FedNovaOptions['momentum'];
  /** ημ */
  readonly pull: NonNullable<AcceptContext['learningRate']>;
}

/**
 * ‖a‖₁: how far gradients of 1 would move a weight in so many steps, in units of the learning rate. Counted as the optimizer moves, which
 * covers momentum and proximal term together.
 */
export function accumulated(steps: number, { momentum, pull }: Accumulation): number {
  const { momentum: rho, nesterov } = momentum ?? { momentum: 0, nesterov: false };
  if (rho === 0 && pull === 0) return steps;
  let [buffer, moved] = [0, 0];
  for (let step = 0; step < steps; step++) {
    const gradient = 1 - pull * moved;
    buffer = rho * buffer + gradient;
    moved += nesterov ? gradient + rho * buffer : buffer;
  }
  return moved;
}
