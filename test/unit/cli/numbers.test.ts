import { expect, test } from 'vitest';
import { bar, sparkline } from '../../../cli/ui/chart.ts';
import { bytes, count, counted, duration, metric } from '../../../cli/ui/numbers.ts';

test('counts and bytes have three digits', () => {
  expect([0, 7, 999, 999.6, 1000, 12_345, 1_234_567, 2.5e12].map(count)).toEqual([
    '0',
    '7',
    '999',
    '1.00 k',
    '1 k',
    '12.3 k',
    '1.23 M',
    '2.50 T',
  ]);
  expect([0, 512, 123_456, 1e9].map(bytes)).toEqual(['0 B', '512 B', '123 kB', '1 GB']);
});

test('one of a thing is not several', () => {
  expect([0, 1, 2].map((value) => counted(value, 'thread'))).toEqual(['0 threads', '1 thread', '2 threads']);
});

test('durations', () => {
  expect([0.123, 3.21, 59.6, 61, 3599, 3600, 7500, Number.NaN, -1].map(duration)).toEqual([
    '0.12 s',
    '3.2 s',
    '1:00 min',
    '1:01 min',
    '59:59 min',
    '1:00 h',
    '2:05 h',
    '?',
    '?',
  ]);
});

test('metrics', () => {
  expect(metric('accuracy', 0.97213)).toBe('97.21 %');
  expect(metric('loss', 0.123456)).toBe('0.1235');
  expect(metric('participants-label-error-rate', 0.2412)).toBe('24.12 %');
  expect(metric('label-error-rate', 1.5)).toBe('1.500');
  expect(metric('loss', 1.2e-7)).toBe('1.20e-7');
  expect(metric('loss', Number.NaN)).toBe('NaN');
  expect(metric('best-cluster', 1)).toBe('1');
});

test('a sparkline from least to greatest, shortened by means', () => {
  expect(sparkline([0, 1, 2, 3, 4, 5, 6, 7], 8)).toBe('▁▂▃▄▅▆▇█');
  expect(sparkline([5, 5, 5], 8)).toBe('▁▁▁');
  expect(sparkline([], 8)).toBe('');
  expect(
    sparkline(
      Array.from({ length: 1000 }, (_, i) => i),
      10,
    ),
  ).toHaveLength(10);
});

test('a bar is as wide as it is told, whatever the share', () => {
  for (const share of [-1, 0, 0.001, 0.5, 0.999, 1, 2, Number.NaN]) expect(bar(share, 20)).toHaveLength(20);
  expect(bar(0.5, 4)).toBe('██░░');
});
