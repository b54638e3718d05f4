import { symmetricEigen } from './eigen.ts';

/** Names of the sums that the distance is made of. */
export const FRECHET = {
  /** Examples times features: how many features there are, as cells that are zero are not sent. */
  judged: 'judged',
  real: { sum: 'real_features', products: 'real_products' },
  fake: { sum: 'generated_features', products: 'generated_products' },
} as const;

/** Mean [n] and covariance [n, n], row by row. */
export interface Gaussian {
  readonly mean: Float64Array;
  readonly covariance: Float64Array;
}

/**
 * The Fréchet distance of two normal distributions (Dowson and Landau 1982), by which Heusel et al. 2017 compare sets of
 * images: ‖μ₁ - μ₂‖² + tr(Σ₁ + Σ₂ - 2 (Σ₁ Σ₂)^½). The last trace is that of (Σ₁^½ Σ₂ Σ₁^½)^½, which is symmetric.
 */
export function frechetDistance(one: Gaussian, other: Gaussian): number {
  const size = one.mean.length;
  let distance = 0;
  for (let i = 0; i < size; i++) {
    distance += (one.mean[i]! - other.mean[i]!) ** 2;
    distance += one.covariance[i * size + i]! + other.covariance[i * size + i]!;
  }
  const root = squareRoot(one.covariance, size);
  const product = multiply(multiply(root, other.covariance, size), root, size);
  for (const value of symmetricEigen(product, size).values) distance -= 2 * Math.sqrt(Math.max(0, value));
  return Math.max(0, distance);
}

/**
 * The distance between real and generated examples, of the sums of an evaluation.
 *
 * @param sum a sum by its name; 0 where there is none
 * @param examples in each of the sets
 */
export function frechetOfSums(sum: (name: string) => number, examples: number): number {
  const size = Math.round(sum(FRECHET.judged) / examples);
  const gaussian = ({ sum: first, products }: { readonly sum: string; readonly products: string }) => {
    const mean = Float64Array.from({ length: size }, (_, i) => sum(`${first}.${i}`) / examples);
    const covariance = Float64Array.from({ length: size * size }, (_, at) => {
      const [i, j] = [Math.floor(at / size), at % size];
      // As numpy.cov has it, which the usual implementations take.
      return (sum(`${products}.${at}`) - examples * mean[i]! * mean[j]!) / Math.max(1, examples - 1);
    });
    return { mean, covariance };
  };
  return frechetDistance(gaussian(FRECHET.real), gaussian(FRECHET.fake));
}

/** The symmetric square root of a symmetric matrix; eigenvalues that rounding made negative count as zero. */
function squareRoot(matrix: Float64Array, size: number): Float64Array {
  const { values, vectors } = symmetricEigen(matrix, size);
  const root = new Float64Array(size * size);
  for (let k = 0; k < size; k++) {
    const scale = Math.sqrt(Math.max(0, values[k]!));
    for (let i = 0; i < size; i++) {
      const left = scale * vectors[i * size + k]!;
      for (let j = 0; j < size; j++) root[i * size + j]! += left * vectors[j * size + k]!;
    }
  }
  return root;
}

function multiply(left: Float64Array, right: Float64Array, size: number): Float64Array {
  const product = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    for (let k = 0; k < size; k++) {
      const factor = left[i * size + k]!;
      for (let j = 0; j < size; j++) product[i * size + j]! += factor * right[k * size + j]!;
    }
  }
  return product;
}
