import { differentiate } from '../../autodiff/differentiate.ts';
import type { GanLossJob } from '../../job/loss-job.ts';
import type { GraphBuilder } from '../../onnx/builder.ts';
import { total } from '../losses/loss.ts';
import { softplus } from '../losses/stable.ts';

// Scores are [batch, 1]; losses are sums over the batch, scalars.

/**
 * What the discriminator makes small: softplus(-D(x)) + softplus(D(G(z))), the cross-entropy of telling real from generated
 * (Goodfellow et al. 2014); or D(G(z)) - D(x), by which it estimates a Wasserstein distance (Arjovsky et al. 2017).
 */
export function discriminatorLoss(
  builder: GraphBuilder,
  real: string,
  fake: string,
  { objective }: GanLossJob,
): string {
  if (objective === 'wasserstein') {
    return total(builder, builder.op('Sub', [fake, real], {}, 'loss/lead'), 'loss/distance');
  }
  const missed = softplus(builder, builder.op('Neg', [real], {}, 'loss/negative'), 'loss/missed');
  const taken = softplus(builder, fake, 'loss/taken');
  return total(builder, builder.op('Add', [missed, taken], {}, 'loss/surprise'), 'loss/told_apart');
}

/** What the generator makes small: softplus(-D(G(z))), not saturating where the discriminator wins, or -D(G(z)). */
export function generatorLoss(builder: GraphBuilder, fake: string, { objective }: GanLossJob): string {
  const negative = builder.op('Neg', [fake], {}, 'loss/negative');
  const values = objective === 'wasserstein' ? negative : softplus(builder, negative, 'loss/not_taken');
  return total(builder, values, 'loss/generator');
}

/**
 * λ Σ (‖∇D(x̂)‖₂ - 1)², x̂ between a real and a generated example (Gulrajani et al. 2017, "Improved training of Wasserstein
 * GANs"). The inner gradient is part of the forward graph, so that the training step differentiates it again; it is written
 * in the form that runs on every provider.
 *
 * @param between x̂, [batch, …]
 * @param scores D(x̂), [batch, 1]: each of its own example alone, so no batch normalisation
 */
export function gradientPenalty(
  builder: GraphBuilder,
  between: string,
  scores: string,
  weight: number,
): string {
  const sum = total(builder, scores, 'penalty/scores');
  const gradient = differentiate(builder, sum, [between], { target: 'webgpu' }).get(between);
  if (gradient === undefined) throw new Error('the discriminator does not depend on its input');
  const { dims } = builder.typeOf(between);
  const axes = builder.ints(dims.slice(1).map((_, axis) => axis + 1));
  const squares = builder.op('Mul', [gradient, gradient], {}, 'penalty/squares');
  const length = builder.op('ReduceSum', [squares, axes], { keepdims: 0 }, 'penalty/square_norm');
  // The root has no gradient at zero.
  const norm = builder.op('Sqrt', [builder.op('Add', [length, builder.scalar(1e-12)])], {}, 'penalty/norm');
  const excess = builder.op('Sub', [norm, builder.scalar(1)], {}, 'penalty/excess');
  const penalty = total(builder, builder.op('Mul', [excess, excess]), 'penalty/sum');
  return builder.op('Mul', [penalty, builder.scalar(weight)], {}, 'penalty/weighted');
}
