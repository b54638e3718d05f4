import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { apportion, split } from '../../../coordinator/sharding/split.ts';

const RANGE = fc.record({ start: fc.nat(1e6), size: fc.nat(1e5) });

describe('split', () => {
  it('covers the range exactly, without overlap, in order', () => {
    const weight = fc.option(fc.double({ min: 0, max: 1e9, noNaN: true }), { nil: undefined });
    fc.assert(
      fc.property(RANGE, fc.array(weight, { minLength: 1, maxLength: 40 }), ({ start, size }, weights) => {
        const parts = split({ start, end: start + size }, weights);
        expect(parts).toHaveLength(weights.length);
        let next = start;
        for (const part of parts) {
          expect(part.start).toBe(next);
          expect(part.end).toBeGreaterThanOrEqual(part.start);
          next = part.end;
        }
        expect(next).toBe(start + size);
      }),
    );
  });

  it('cuts equal parts whose sizes differ by 1 at most, the larger ones first', () => {
    fc.assert(
      fc.property(RANGE, fc.integer({ min: 1, max: 300 }), ({ start, size }, parts) => {
        const sizes = split({ start, end: start + size }, Array(parts).fill(undefined)).map(
          (p) => p.end - p.start,
        );
        expect(sizes).toEqual(
          Array.from({ length: parts }, (_, i) => Math.floor(size / parts) + (i < size % parts ? 1 : 0)),
        );
      }),
    );
  });

  it('gives each its share to less than one example', () => {
    const weights = fc.array(fc.integer({ min: 0, max: 1000 }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(fc.nat(1e5), weights, (total, weights) => {
        const sum = weights.reduce((a, b) => a + b, 0);
        fc.pre(sum > 0);
        for (const [i, size] of apportion(total, weights).entries()) {
          expect(Math.abs(size - (total * weights[i]!) / sum)).toBeLessThan(1 + 1e-6);
        }
      }),
    );
  });

  it('takes the mean for those that are not known', () => {
    expect(apportion(60, [10, undefined, 30])).toEqual([10, 20, 30]);
  });

  it('refuses weights that are no shares', () => {
    expect(() => apportion(10, [1, -1])).toThrow(RangeError);
    expect(() => apportion(10, [Number.NaN])).toThrow(/finite and not negative/);
  });
});
