import type { UpdateHeader } from '../rounds/types.ts';
import { split } from '../sharding/split.ts';
import type { Candidate, Piece, PlanContext, Strategy, Verdict } from './strategy.ts';

/**
 * Synchronous data-parallel SGD (Chen et al. 2016, "Revisiting distributed synchronous SGD", without their backup workers: the loop
 * hands out spare copies when a deadline passes).
 *
 * Each window is one global batch. Every member computes the gradient of the summed loss over its part; the step's gradient is
 *
 *   g = Σᵢ ∇ Σ_{x ∈ partᵢ} loss(x) / Σᵢ denominatorᵢ
 *
 * which is the gradient that one member would compute of the whole batch, to rounding, whatever the parts are.
 */
export function createSynchronous({ leastRows = 16 }: { readonly leastRows?: number } = {}): Strategy {
  return {
    leastRows,
    name: 'synchronous',
    serverVectors: [],
    summation: 'position',
    plan: planBatch,
    accept: acceptGradient,
    finish: ({ outstanding, divisor, buffersDivisor, learningRate }) =>
      outstanding > 0
        ? undefined
        : {
            kind: 'gradient',
            divisor: divisor > 0 ? divisor : 1,
            learningRate,
            buffers: 'ema',
            buffersDivisor,
            vectors: [],
          },
  };
}

function planBatch(context: PlanContext): Piece[] {
  if (context.outstanding > 0 || context.received > 0) return [];
  const { cursor, examples, globalBatch } = context;
  const members = idle(context);
  const end = Math.min(cursor.position + globalBatch, examples);
  return split({ start: cursor.position, end }, sharesOf(context, members)).flatMap((range, i) =>
    range.end > range.start
      ? [{ member: memberAt(members, i), work: { kind: 'gradient', epoch: cursor.epoch, ...range } }]
      : [],
  );
}

/** A gradient of a sum weighs what it weighs; the examples that carry loss divide it. */
function acceptGradient(header: UpdateHeader): Verdict {
  const denominator = header.sums['denominator'] ?? header.examples;
  if (!(denominator >= 0)) return { refuse: `its loss has the denominator ${denominator}` };
  return { weight: 1, buffersWeight: header.examples, divisor: denominator };
}

export function idle(context: PlanContext): readonly Candidate[] {
  return context.members.filter((member) => !member.busy);
}

/** Shares for `split`: equal, or by measured speed. */
export function sharesOf(
  context: PlanContext,
  members: readonly Candidate[],
): readonly (number | undefined)[] {
  return members.map((member) => (context.assignment === 'by-speed' ? member.speed : undefined));
}

export function memberAt(members: readonly Candidate[], index: number): string {
  return (members[index] as Candidate).id;
}
