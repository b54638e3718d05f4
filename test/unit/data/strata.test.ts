import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { classColumns, strataOf } from '../../../shared/data/strata.ts';

const columns = (...classes: readonly (readonly number[])[]) =>
  classes.map((own) => (row: number) => own[row]!);

describe('strataOf', () => {
  test('is undefined where no target has a class, and the classes themselves where one has', () => {
    expect(strataOf(4, [], 0.5)).toBeUndefined();
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1 }),
        fc.double({ min: 0, max: 0.9, noNaN: true }),
        (classes, share) => {
          expect([...strataOf(classes.length, columns(classes), share)!]).toEqual(classes);
        },
      ),
    );
  });

  test('is the combinations, where one row of each would be held out', () => {
    const digits = [0, 1, 2, 3, 0, 1, 2, 3];
    const even = [1, 0, 1, 0, 1, 0, 1, 0];
    const large = [0, 0, 1, 1, 0, 0, 1, 1];
    expect([...strataOf(8, columns(even, large), 0.5)!]).toEqual([0, 1, 2, 3, 0, 1, 2, 3]);
    expect([...strataOf(8, columns(digits, even, large), 0.5)!]).toEqual(digits);
  });

  test('is the classes of the first target, where a combination has too few rows', () => {
    const first = [2, 2, 2, 2, 0, 0, 0, 0];
    const second = [0, 0, 0, 1, 0, 0, 1, 1];
    // Three rows, one row, two and two.
    expect([...strataOf(8, columns(first, second), 0.5)!]).toEqual(first);
    expect(new Set(strataOf(8, columns(first, [0, 0, 1, 1, 0, 0, 1, 1]), 0.5)).size).toBe(4);
  });

  test('tells as many combinations apart as there are', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(65_535), fc.nat(3), fc.nat(65_535)), { minLength: 1, maxLength: 60 }),
        (rows) => {
          const twice = [...rows, ...rows];
          const strata = strataOf(
            twice.length,
            columns(...[0, 1, 2].map((at) => twice.map((row) => row[at]!))),
            0.5,
          )!;
          const seen = new Map(twice.map((row, at) => [row.join(), strata[at]!]));
          expect(new Set(seen.values()).size).toBe(seen.size);
          twice.forEach((row, at) => {
            expect(strata[at]).toBe(seen.get(row.join()));
          });
        },
      ),
    );
  });
});

test('classColumns leaves numbers out, and classes at each of several places', () => {
  const targets = [
    { columns: 2, isClass: false },
    { columns: 1, isClass: true },
    { columns: 64, isClass: true },
    { columns: 1, isClass: false },
    { columns: 1, isClass: true },
  ];
  expect(classColumns(targets)).toEqual([2, 68]);
});
