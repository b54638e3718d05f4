import { expect, test } from 'vitest';
import { labelErrorRate } from '../../../cli/label-error-rate.ts';

test.each([
  ['nothing wrong', [['4071', '4071']], 0],
  [
    'one replaced, one inserted, one missing',
    [
      ['4x71', '4071'],
      ['40711', '4071'],
      ['407', '4071'],
    ],
    3 / 12,
  ],
  [
    'sums over all rows, not the mean of rates',
    [
      ['', 'ab'],
      ['cdefgh', 'cdefgh'],
    ],
    2 / 8,
  ],
  ['more read than there is', [['abcd', 'x']], 4],
  ['symbols beyond 16 bits, each one', [['\u{1F600}b', '\u{1F601}b']], 1 / 2],
])('the label error rate: %s', (_, pairs, wanted) => {
  expect(labelErrorRate(pairs.map(([read = '', label = '']) => ({ read, label })))).toBeCloseTo(wanted, 12);
});

test('there is none without a symbol', () => {
  expect(labelErrorRate([{ read: 'a', label: '' }])).toBeUndefined();
});
