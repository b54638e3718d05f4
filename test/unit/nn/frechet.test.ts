import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { symmetricEigen } from '../../../shared/nn/metrics/eigen.ts';
import { FRECHET, frechetOfSums } from '../../../shared/nn/metrics/frechet.ts';
import { metricsOf } from '../../../shared/nn/metrics/metrics.ts';
import { createRandom } from '../../../shared/parameters/random.ts';

interface Case {
  readonly size: number;
  readonly one: readonly number[];
  readonly other: readonly number[];
  readonly distance: number;
}

/** By SciPy's square root of a matrix. */
const cases = JSON.parse(readFileSync('test/data/nn/frechet.json', 'utf8')) as Case[];

/** Sums as the evaluation program makes them; what is zero is not sent. */
function sumsOf({ size, one, other }: Case): Record<string, number> {
  const sums: Record<string, number> = {
    denominator: 0,
    examples: one.length / size,
    [FRECHET.judged]: one.length,
  };
  const add = (name: string, value: number) => {
    if (value !== 0) sums[name] = (sums[name] ?? 0) + value;
  };
  for (const [rows, names] of [
    [one, FRECHET.real],
    [other, FRECHET.fake],
  ] as const) {
    rows.forEach((value, at) => {
      const column = at % size;
      add(`${names.sum}.${column}`, value);
      for (let k = 0; k < size; k++)
        add(`${names.products}.${column * size + k}`, value * rows[at - column + k]!);
    });
  }
  return { ...sums, denominator: sums['examples']!, loss: 1 };
}

describe('the Fréchet distance', () => {
  it.each(cases)('of $size features is SciPy’s $distance', (row) => {
    const sums = sumsOf(row);
    const distance = frechetOfSums((name) => sums[name] ?? 0, sums['examples']!);
    // SciPy's own root of a singular product is good to about the square root of its rounding.
    expect(Math.abs(distance - row.distance) / row.distance).toBeLessThan(1e-6);
    expect(metricsOf(sums)['frechet-distance']).toBe(distance);
  });

  it('of a set and itself is zero, and is not there without a judge', () => {
    const { size, one } = cases[1]!;
    const sums = sumsOf({ size, one, other: one, distance: 0 });
    expect(metricsOf(sums)['frechet-distance']).toBeLessThan(1e-6);
    expect(metricsOf({ loss: 1, denominator: 2, examples: 2 })).toEqual({ loss: 0.5 });
  });
});

describe('eigenvalues of symmetric matrices', () => {
  it.each([1, 2, 5, 24])('of size %i: A v = λ v, vectors of length one', (size) => {
    const random = createRandom(size);
    const matrix = new Float64Array(size * size);
    for (let i = 0; i < size; i++)
      for (let j = i; j < size; j++) matrix[i * size + j] = matrix[j * size + i] = random.next() - 0.5;
    const { values, vectors } = symmetricEigen(matrix, size);
    for (let k = 0; k < size; k++) {
      let length = 0;
      for (let i = 0; i < size; i++) {
        let product = 0;
        for (let j = 0; j < size; j++) product += matrix[i * size + j]! * vectors[j * size + k]!;
        expect(product).toBeCloseTo(values[k]! * vectors[i * size + k]!, 10);
        length += vectors[i * size + k]! ** 2;
      }
      expect(length).toBeCloseTo(1, 10);
    }
  });
});
