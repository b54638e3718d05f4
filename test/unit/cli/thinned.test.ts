import { describe, expect, it } from 'vitest';
import { RunProgress } from '../../../cli/run-view.ts';
import { ThinnedSeries } from '../../../cli/ui/thinned.ts';
import { facts, round } from './run-fixture.ts';

describe('a thinned series', () => {
  it('has all values while they are few', () => {
    const series = new ThinnedSeries();
    for (const value of [3, 1, 2]) series.add(value);
    expect(series.values).toEqual([3, 1, 2]);
    expect(series.last).toBe(2);
  });

  it.each([511, 512, 513, 3_000, 100_000])('spans all of %i values in bounded memory', (count) => {
    const series = new ThinnedSeries();
    for (let value = 0; value < count; value++) series.add(value);
    const { values } = series;
    expect(values.length).toBeLessThan(512);
    expect(values.length).toBeGreaterThanOrEqual(256 - 1);
    // A ramp stays one: each is the mean of as many values in a row, from the first on, and none is missing but those of the last.
    const stride = 2 * values[0]! + 1;
    expect(values).toEqual(Array.from(values, (_, at) => at * stride + (stride - 1) / 2));
    expect(count - values.length * stride).toBeLessThan(stride);
    expect(series.last).toBe(count - 1);
  });

  it('keeps a gap where a loss was not finite', () => {
    const series = new ThinnedSeries();
    for (const value of [1, Number.NaN, 2]) series.add(value);
    expect(series.values).toEqual([1, Number.NaN, 2]);
  });
});

it('the sparkline showed the last 400 rounds only: it begins with the first round of the run', () => {
  const progress = new RunProgress();
  progress.opened(facts());
  // A loss of 1 in the first tenth, of 0.5 afterwards.
  for (let at = 0; at < 2_000; at++)
    progress.reported({ ...round(at, 0), sums: { loss: at < 200 ? 10 : 5, denominator: 10 } });
  const { losses, progress: now } = progress.view()!;
  expect(losses.length).toBeLessThan(512);
  const high = losses.filter((loss) => loss === 1).length;
  expect(losses[0]).toBe(1);
  expect(high / losses.length).toBeCloseTo(0.1, 2);
  expect(losses.at(-1)).toBe(0.5);
  expect(now.loss).toBe(0.5);
});
