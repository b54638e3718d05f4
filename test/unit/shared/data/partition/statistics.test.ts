import { expect, test } from 'vitest';
import {
  distanceByChance,
  jensenShannon,
  totalVariation,
} from '../../../../../shared/data/partition/distances.ts';
import { gini, partitionStatistics } from '../../../../../shared/data/partition/statistics.ts';

test('figures of a partition, by hand', () => {
  // Classes 0 0 0 1 1 1; clients {0,1,2}, {3}, {4,5}, {}.
  const clients = [[0, 1, 2], [3], [4, 5], []].map((rows) => Uint32Array.from(rows));
  const result = partitionStatistics({ clients }, { count: 2, of: (row) => (row < 3 ? 0 : 1) });
  expect(result).toMatchObject({ clients: 4, rows: 6, smallest: 0, median: 1.5, largest: 3, empty: 1 });
  // Mean absolute difference of {0, 1, 2, 3} is 20/16; over twice the mean 1.5.
  expect(result.gini).toBeCloseTo(20 / 16 / 3, 12);
  expect([...result.labels!.distances]).toEqual([0.5, 0.5, 0.5, Number.NaN]);
  expect(result.labels!.meanPresent).toBe(1);
  expect(partitionStatistics({ clients }).labels).toBeUndefined();
});

test('Gini is 0 for equals and 1 − 1/n where one has all', () => {
  expect(gini([4, 4, 4])).toBe(0);
  expect(gini([0, 0, 0, 8])).toBeCloseTo(0.75, 12);
  expect(gini([0, 0])).toBe(0);
});

test('distances of disjoint and equal distributions are 1 and 0', () => {
  const [left, right] = [Float64Array.of(1, 0), Float64Array.of(0, 1)];
  expect([totalVariation(left, right), totalVariation(left, left)]).toEqual([1, 0]);
  expect([jensenShannon(left, right), jensenShannon(left, left)]).toEqual([1, 0]);
});

test('distance by chance: one draw of a fair coin is 1/2 away, two are 1/4, all rows are none', () => {
  const chance = distanceByChance(Float64Array.of(0.5, 0.5), 1e6);
  expect(chance(1)).toBeCloseTo(0.5, 5);
  expect(chance(2)).toBeCloseTo(0.25, 5);
  expect(chance(1e6)).toBe(0);
});
