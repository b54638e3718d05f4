import type { Random } from './random.ts';

/** A standard normal number (G. Box and M. Muller 1958; the cosine of the pair). */
export function normal(random: Random): number {
  const radius = Math.sqrt(-2 * Math.log(1 - random.next()));
  return radius * Math.cos(2 * Math.PI * random.next());
}

/**
 * Logarithms of independent gamma variates of scale 1. In logarithms, since those of a shape of 0.01 are often below the
 * smallest number there is. Normalised (`proportions`) they are a draw from a Dirichlet distribution.
 *
 * G. Marsaglia and W. Tsang, "A simple method for generating gamma variables", ACM TOMS 26 (2000); shapes below 1 by
 * Gamma(a) = Gamma(a + 1) · U^(1/a).
 *
 * @param shapes above 0
 */
export function logGammas(random: Random, shapes: ArrayLike<number>): Float64Array {
  return Float64Array.from(shapes, (shape) => {
    if (shape >= 1) return Math.log(gamma(random, shape));
    return Math.log(gamma(random, shape + 1)) + Math.log(1 - random.next()) / shape;
  });
}

function gamma(random: Random, shape: number): number {
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = normal(random);
    const v = (1 + c * x) ** 3;
    if (v <= 0) continue;
    if (Math.log(1 - random.next()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v;
  }
}

/** Numbers in proportion to exp(logs), of sum 1. */
export function proportions(logs: Float64Array): Float64Array {
  const most = logs.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const weights = logs.map((log) => Math.exp(log - most));
  const sum = weights.reduce((a, b) => a + b, 0);
  return weights.map((weight) => weight / sum);
}
