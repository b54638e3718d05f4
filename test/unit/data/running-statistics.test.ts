import { expect, test } from 'vitest';
import { RunningStatistics } from '../../../shared/data/running-statistics.ts';

test('agrees with two passes, also far from zero, and a constant feature has deviation 1', () => {
  const rows = Array.from({ length: 500 }, (_, i) => [1e6 + Math.sin(i), i, 3]);
  const statistics = new RunningStatistics(3);
  for (const row of rows) statistics.add(row);
  const { mean, deviation } = statistics.result();
  for (const feature of [0, 1]) {
    const values = rows.map((row) => row[feature]!);
    const expected = values.reduce((a, b) => a + b, 0) / rows.length;
    const variance = values.reduce((sum, value) => sum + (value - expected) ** 2, 0) / rows.length;
    expect(mean[feature]).toBeCloseTo(expected, 6);
    expect(deviation[feature]).toBeCloseTo(Math.sqrt(variance), 6);
  }
  expect([mean[2], deviation[2]]).toEqual([3, 1]);
});
