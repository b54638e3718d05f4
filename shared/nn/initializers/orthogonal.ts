import { normals, type Uniform } from './normals.ts';

/**
 * Fills a matrix [dims[0], all others] with orthonormal rows, or columns where there are fewer of these (Saxe et al. 2013):
 * the factor Q of a matrix of normal numbers, by Gram and Schmidt, twice for precision. For recurrent weights.
 */
export function orthogonal(values: Float32Array, dims: readonly number[], random: Uniform): void {
  const rows = dims[0] ?? 1;
  const columns = values.length / rows;
  const [count, length] = rows <= columns ? [rows, columns] : [columns, rows];
  const vectors = Array.from({ length: count }, () => {
    const vector = new Float64Array(length);
    normals(vector, random, 1);
    return vector;
  });
  vectors.forEach((vector, index) => {
    for (let pass = 0; pass < 2; pass++) {
      for (const other of vectors.slice(0, index)) subtract(vector, other, dot(vector, other));
    }
    const norm = Math.sqrt(dot(vector, vector));
    for (let place = 0; place < length; place++) vector[place] = vector[place]! / norm;
  });
  for (let index = 0; index < count; index++) {
    for (let place = 0; place < length; place++) {
      const at = rows <= columns ? index * columns + place : place * columns + index;
      values[at] = vectors[index]![place]!;
    }
  }
}

function dot(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, value, index) => sum + value * b[index]!, 0);
}

function subtract(from: Float64Array, what: Float64Array, times: number): void {
  for (let index = 0; index < from.length; index++) from[index] = from[index]! - times * what[index]!;
}
