import type { Vector, VectorMemory } from '../../parameters/memory.ts';

/**
 * What clipping multiplies a gradient of this norm by, so that its L2 norm is at most `maxNorm` (Pascanu et al., ICML 2013; PyTorch's
 * `clip_grad_norm_`, with its 1e-6 in the denominator); 1 without a limit.
 */
export function clipFactor(norm: number, maxNorm: number | undefined): number {
  return maxNorm === undefined ? 1 : Math.min(1, maxNorm / (norm + 1e-6));
}

/**
 * Scales a gradient in place so that its L2 norm is at most `maxNorm`.
 *
 * @returns the norm before; NaN or infinite for a gradient that is not finite, which is left as it is.
 */
export function clipByNorm(memory: VectorMemory, gradient: Vector, maxNorm: number): number {
  const norm = Math.sqrt(memory.kernels.sumOfSquares(gradient));
  const factor = clipFactor(norm, maxNorm);
  if (Number.isFinite(norm) && factor < 1) memory.kernels.scale(gradient, factor);
  return norm;
}
