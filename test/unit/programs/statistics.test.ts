import { describe, expect, it } from 'vitest';
import { makeLayout } from '../../../shared/parameters/layout.ts';
import { foldStatistics, momentsOf } from '../../../shared/programs/statistics.ts';

const statistic = { momentum: 0.1, positions: 3 };
const layout = makeLayout([
  { name: 'w', dims: [5], section: 'trainable', decay: false },
  {
    name: 'mean',
    dims: [2],
    section: 'buffers',
    decay: false,
    statistic: { kind: 'mean', partner: 'variance', ...statistic },
  },
  {
    name: 'variance',
    dims: [2],
    section: 'buffers',
    decay: false,
    statistic: { kind: 'variance', partner: 'mean', ...statistic },
  },
  { name: 'other', dims: [1], section: 'buffers', decay: false },
]);
const [MEAN, VARIANCE, OTHER] = [8, 12, 16];

function vector(mean: number[], second: number[], other = 0): Float32Array {
  const values = new Float32Array(layout.length).fill(9, 0, layout.trainable);
  values.set(mean, MEAN);
  values.set(second, VARIANCE);
  values[OTHER] = other;
  return values;
}

describe('foldStatistics', () => {
  it("ema: takes the share of momentum, of the unbiased variance, as PyTorch's BatchNorm", () => {
    const values = vector([1, 2], [3, 4]);
    // Batch: mean 2 and 0, variance 5 and 1, n = 4 examples of 3 positions.
    foldStatistics(layout, values, vector([2, 0], [9, 1], 7), 4, 'ema');
    const unbiased = 12 / 11;
    expect([...values.subarray(MEAN, MEAN + 2)]).toEqual([1.1, 1.8].map(Math.fround));
    expect(values[VARIANCE]).toBeCloseTo(0.9 * 3 + 0.1 * 5 * unbiased, 5);
    expect(values[VARIANCE + 1]).toBeCloseTo(0.9 * 4 + 0.1 * unbiased, 5);
    expect(values[OTHER]).toBe(7);
    expect([...values.subarray(0, 5)]).toEqual([9, 9, 9, 9, 9]);
  });

  it('set: the moments of running statistics give them back', () => {
    const values = vector([1, -2], [3, 4], 5);
    const moments = new Float32Array(layout.length);
    momentsOf(layout, values, moments);
    const fresh = vector([0, 0], [Number.NaN, 0]);
    foldStatistics(layout, fresh, moments, 0, 'set');
    expect(fresh).toEqual(values);
  });

  it('combines members into the mean and variance of all their values', () => {
    const groups = [
      [1, 2, 6],
      [4, 10, -3, 5, 8],
    ];
    const all = groups.flat();
    const of = (values: number[]) => {
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      return { mean, variance: values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length };
    };
    const combined = new Float32Array(layout.length);
    for (const group of groups) {
      const { mean, variance } = of(group);
      const moments = new Float32Array(layout.length);
      momentsOf(layout, vector([mean, 0], [variance, 0]), moments);
      moments.forEach((moment, index) => {
        combined[index] = combined[index]! + (moment * group.length) / all.length;
      });
    }
    const values = vector([0, 0], [0, 0]);
    foldStatistics(layout, values, combined, all.length, 'set');
    expect(values[MEAN]).toBeCloseTo(of(all).mean, 5);
    expect(values[VARIANCE]).toBeCloseTo(of(all).variance, 4);
  });

  it('never makes a variance negative, and does not divide by zero for a single value', () => {
    const values = vector([0, 0], [1, 1]);
    const single = makeLayout(
      layout.entries.map(({ statistic: own, ...entry }) => ({
        ...entry,
        ...(own ? { statistic: { ...own, positions: 1 } } : {}),
      })),
    );
    foldStatistics(single, values, vector([1, 3], [1 - 1e-6, 9]), 1, 'ema');
    expect(values[VARIANCE]).toBeCloseTo(0.9, 6);
    expect(values[VARIANCE + 1]).toBeCloseTo(0.9, 6);
  });

  it('refuses a vector of another length', () => {
    expect(() => foldStatistics(layout, vector([0, 0], [0, 0]), new Float32Array(3), 1, 'set')).toThrow(
      /moments: 3 floats/,
    );
  });
});
