import { expect, test } from 'vitest';
import { logGammas, normal, proportions } from '../../../../shared/parameters/distributions.ts';
import { DOMAIN } from '../../../../shared/parameters/philox.ts';
import { createRandom } from '../../../../shared/parameters/random.ts';

const moments = (values: ArrayLike<number>) => {
  const all = Array.from(values);
  const mean = all.reduce((sum, value) => sum + value, 0) / all.length;
  return { mean, variance: all.reduce((sum, value) => sum + (value - mean) ** 2, 0) / all.length };
};
const COUNT = 40_000;

test('normal numbers have mean 0 and variance 1', () => {
  const random = createRandom(1);
  const { mean, variance } = moments(Array.from({ length: COUNT }, () => normal(random)));
  expect(Math.abs(mean)).toBeLessThan(0.02);
  expect(Math.abs(variance - 1)).toBeLessThan(0.03);
});

test.each([0.05, 0.5, 1, 3, 20])('gamma variates of shape %d have that mean and variance', (shape) => {
  const logs = logGammas(createRandom(2), new Float64Array(COUNT).fill(shape));
  const { mean, variance } = moments(logs.map(Math.exp));
  expect(Math.abs(mean / shape - 1)).toBeLessThan(0.07);
  expect(Math.abs(variance / shape - 1)).toBeLessThan(0.2);
});

test('a Dirichlet draw of tiny concentration is finite and sums to 1', () => {
  for (let seed = 0; seed < 50; seed++) {
    const shares = proportions(logGammas(createRandom(seed), new Float64Array(10).fill(1e-4)));
    expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 12);
  }
});

test('streams of one seed in two domains differ', () => {
  expect(createRandom(7, DOMAIN.partition).next()).not.toBe(createRandom(7).next());
});
