import { expect, test } from 'vitest';
import {
  bytes,
  count,
  duration,
  metric,
  number,
  percent,
  short,
  tick,
  timeUnit,
} from '../../../simulation/report/format.ts';
import { lines } from '../../../simulation/report/lines.ts';
import { linear, logarithmic, rounded } from '../../../simulation/report/scale.ts';

test('beside an axis large numbers are short, and every minus is one', () => {
  const ticks = [99_000, 280_000, -1_000_500, 80_000_000_000, 1e12, 2e15, 0, -10, -10.5];
  const shown = ['99,000', '280 k', '−1.0005 M', '80 G', '1 T', '2.0e+15', '0', '−10', '−10.5'];
  expect(ticks.map(tick)).toEqual(shown);
  expect(tick(Number.NaN)).toBe('–');
});

test('numbers are written for people', () => {
  expect([count(0), count(1234), count(1_234_567)]).toEqual(['0', '1,234', '1,234,567']);
  expect([number(0.12345), number(-3), number(1234.5), number(0.00001), number(Number.NaN)]).toEqual([
    '0.123',
    '−3',
    '1,235',
    '1.0e-5',
    '–',
  ]);
  expect([percent(0.1), percent(0.12345), percent(Number.NaN)]).toEqual(['10 %', '12.3 %', '–']);
  expect([bytes(0), bytes(999), bytes(1_234_567), bytes(5e18)]).toEqual([
    '0 B',
    '999 B',
    '1.23 MB',
    '5000 PB',
  ]);
  expect([800, 59_999, 60_000, 3_599_900, 90_061_000, 172_800_000].map(duration)).toEqual([
    '800 ms',
    '60 s',
    '1 min',
    '1 h',
    '1 d 1 h',
    '2 d',
  ]);
  expect([0.0386, 1.5].map((rate) => metric('label-error-rate', rate))).toEqual(['3.86 %', '1.500']);
  expect([metric('loss', 0.06803013), metric('participants', 12), metric('loss', Number.NaN)]).toEqual([
    '0.06803',
    '12',
    '–',
  ]);
  expect([short('abcdef', 4), short('abcd', 4)]).toEqual(['abc…', 'abcd']);
});

test('an axis of time counts in a unit that its end has a few of', () => {
  const unit = (ms: number) => timeUnit(ms).name;
  expect([0, 119_000, 120_000, 7_100_000, 7_200_000, 100_000_000, 172_800_000].map(unit)).toEqual([
    'seconds',
    'seconds',
    'minutes',
    'minutes',
    'hours',
    'hours',
    'days',
  ]);
});

test('axes have round ticks within their ends', () => {
  const scale = linear([0, 97], [0, 970]);
  expect(scale.ticks).toEqual([0, 20, 40, 60, 80]);
  expect(scale.at(48.5)).toBe(485);
  expect(linear([3, 3], [0, 10]).ticks.every(Number.isFinite)).toBe(true);
  expect(rounded([0.19, 0.97])).toEqual([0, 1]);
  const powers = logarithmic([1, 10_000], [0, 400]);
  expect(powers.ticks).toEqual([1, 10, 100, 1000, 10_000]);
  expect(powers.at(100)).toBe(200);
});

/** The texts of a chart whose line goes through these values. */
function texts(points: readonly (readonly [number, number])[], change: object = {}): string[] {
  const options = { label: 'l', title: '', formatX: (x: number) => `x${x}`, formatY: number, ...change };
  const markup = lines([{ colour: 'accent', points }], options);
  return [...markup.text.matchAll(/<text[^>]*>([^<]+)<\/text>/g)].map(([, text]) => text!);
}

test('a metric that is nearly constant does not count ticks until memory is full', () => {
  const [low, high] = [0.06803013430498074, 0.06803013430498075];
  expect(linear([low, high], [0, 10]).ticks.length).toBeLessThan(8);
  expect(linear([1e20, 1e20], [0, 10]).ticks.length).toBeLessThan(8);
  expect(linear(rounded([low, high]), [0, 10]).ticks).toEqual([0.068, 0.0685, 0.069, 0.0695, 0.07]);
  const shown = texts([
    [1, low],
    [2, high],
  ]).filter((text) => !text.startsWith('x'));
  expect(shown.map(Number)).toEqual([0.06, 0.065, 0.07, 0.075]);
});

test('an axis of nothing but 0 goes from 0 to 1', () => {
  expect(texts([[0, 0]], { wholeX: true })).toEqual(['0', '0.2', '0.4', '0.6', '0.8', '1', 'x0', 'x1']);
});

test('a few rounds have no ticks between them', () => {
  const rounds = [1, 2, 3].map((round) => [round, round] as const);
  expect(texts(rounds, { wholeX: true }).filter((text) => text.startsWith('x'))).toEqual(['x1', 'x2', 'x3']);
});
