import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { stratifiedSplit } from '../../../shared/data/split.ts';

/** A small deterministic generator, enough for a shuffle. */
function generator(seed: number): () => number {
  let state = seed >>> 0 || 1;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

describe('stratifiedSplit', () => {
  test('every row is in exactly one part, every class keeps a training row, shares are in proportion', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 300 }),
        fc.double({ min: 0, max: 0.95, noNaN: true }),
        fc.integer(),
        (classes, share, seed) => {
          const { order, testRows } = stratifiedSplit(classes.length, classes, share, generator(seed));
          expect([...order].sort((a, b) => a - b)).toEqual(classes.map((_, row) => row));
          expect(testRows).toBeLessThanOrEqual(Math.round(classes.length * share));
          const train = order.subarray(0, classes.length - testRows);
          for (const name of new Set(classes)) {
            const size = classes.filter((other) => other === name).length;
            const kept = train.filter((row) => classes[row] === name).length;
            expect(kept).toBeGreaterThanOrEqual(1);
            expect(size - kept).toBeLessThanOrEqual(Math.floor(size * share) + 1);
          }
        },
      ),
    );
  });

  test('the held-out part has round(rows · share) rows', () => {
    const classes = Array.from({ length: 1797 }, (_, row) => row % 10);
    const { testRows } = stratifiedSplit(1797, classes, 0.2, generator(7));
    expect(testRows).toBe(359);
  });

  test('the same seed gives the same order, another seed another', () => {
    const split = (seed: number) => [...stratifiedSplit(50, undefined, 0.2, generator(seed)).order];
    expect(split(1)).toEqual(split(1));
    expect(split(1)).not.toEqual(split(2));
  });
});
