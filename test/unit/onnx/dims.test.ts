import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  add,
  broadcastDims,
  divide,
  divideExactly,
  multiply,
  product,
  subtract,
} from '../../../shared/onnx/dims.ts';
import type { Dim } from '../../../shared/onnx/model.ts';

const symbol = fc.constantFrom('batch', 'time', 's0', 'a b', 'floor(n/2)');
const dim: fc.Arbitrary<Dim> = fc.oneof(
  fc.integer({ min: 0, max: 1000 }),
  symbol,
  fc.tuple(fc.integer({ min: 1, max: 9 }), symbol).map(([factor, name]) => multiply(factor, name)),
);
const positive = dim.filter((value) => value !== 0);

describe('symbolic dimensions', () => {
  test('are written as they are read', () => {
    expect(multiply(64, 'batch')).toBe('64*batch');
    expect(multiply('64*batch', 2)).toBe('128*batch');
    expect(add('batch', 'batch')).toBe('2*batch');
    expect(subtract('2*batch+1', 'batch')).toBe('batch+1');
    expect(divide('64*batch', 64)).toBe('batch');
    expect(divide('batch', 2)).toBe('{floor(batch/2)}');
    expect(multiply(divide('batch', 2), 4)).toBe('4*{floor(batch/2)}');
    expect(multiply('2*s0 + 1', 3)).toBe('6*s0+3');
  });

  test('add and multiply commute and associate', () => {
    fc.assert(
      fc.property(dim, dim, dim, (a, b, c) => {
        expect(add(a, b)).toBe(add(b, a));
        expect(multiply(a, b)).toBe(multiply(b, a));
        expect(add(add(a, b), c)).toBe(add(a, add(b, c)));
        expect(multiply(multiply(a, b), c)).toBe(multiply(a, multiply(b, c)));
        expect(multiply(a, add(b, c))).toBe(add(multiply(a, b), multiply(a, c)));
      }),
    );
  });

  test('what was added or multiplied can be taken back', () => {
    fc.assert(
      fc.property(dim, positive, (a, b) => {
        expect(subtract(add(a, b), b)).toBe(add(a, 0));
        expect(divideExactly(multiply(a, b), b)).toBe(multiply(a, 1));
      }),
    );
  });

  test('product of a shape', () => {
    expect(product([])).toBe(1);
    expect(product(['batch', 4, 'time', 2])).toBe('8*batch*time');
    expect(product(['batch', 0])).toBe(0);
  });

  test('broadcasting', () => {
    expect(broadcastDims(['batch', 1, 4], [3, 1])).toEqual(['batch', 3, 4]);
    expect(broadcastDims(['batch', 1], ['batch', 7])).toEqual(['batch', 7]);
    expect(broadcastDims(['batch'], [8])).toEqual([8]);
    expect(broadcastDims(['a'], ['b'])).toEqual(broadcastDims(['b'], ['a']));
    expect(() => broadcastDims([2, 3], [2, 4])).toThrow('[2, 3] and [2, 4] do not broadcast: 3 against 4');
  });
});
