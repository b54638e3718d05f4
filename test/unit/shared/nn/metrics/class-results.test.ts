import { describe, expect, it } from 'vitest';
import { classResults, worstClasses } from '../../../../../shared/nn/metrics/class-results.ts';

const classes = ['zero', 'one', 'two', 'three'];
/** Zero: 8 of 10, the others taken for one. One: 1 of 4, most taken for zero. Two: none. Three: 2 of 2. */
const cells = { 0: 8, 1: 2, 4: 2, 5: 1, 6: 1, 15: 2 };
const named = (prefix: string) =>
  Object.fromEntries(Object.entries(cells).map(([cell, rows]) => [`${prefix}confusion.${cell}`, rows]));
const results = [
  { name: 'zero', rows: 10, found: 8, takenFor: { name: 'one', rows: 2 } },
  { name: 'one', rows: 4, found: 1, takenFor: { name: 'zero', rows: 2 } },
  { name: 'two', rows: 0, found: 0 },
  { name: 'three', rows: 2, found: 2 },
];

describe('classResults', () => {
  it('reads one output, in any order of the cells', () => {
    expect(classResults({ loss: 1, ...named('') }, [{ classes }])).toEqual([{ classes: results }]);
    const reversed = Object.fromEntries(Object.entries(named('')).reverse());
    expect(classResults(reversed, [{ classes }])).toEqual([{ classes: results }]);
  });

  it('reads each of several by its name, and leaves out what has no matrix', () => {
    const sums = { ...named('digit.'), 'odd.confusion.3': 5, 'other.loss': 2 };
    const outputs = [
      { output: 'digit', classes },
      { output: 'other', classes },
      { output: 'odd', classes: ['no', 'yes'] },
    ];
    expect(classResults(sums, outputs)).toEqual([
      { output: 'digit', classes: results },
      {
        output: 'odd',
        classes: [
          { name: 'no', rows: 0, found: 0 },
          { name: 'yes', rows: 5, found: 5 },
        ],
      },
    ]);
    expect(classResults({ loss: 1 }, outputs)).toEqual([]);
  });

  it.each([
    ['outside the matrix', { 'confusion.16': 1 }],
    ['that is no number', { 'confusion.x': 1 }],
    ['below zero', { 'confusion.0': -1 }],
    ['between two', { 'confusion.0.5': 1 }],
  ])('takes no cell %s from a member', (_, strange) => {
    expect(classResults({ ...named(''), ...strange }, [{ classes }])).toEqual([]);
  });

  it('makes no matrix of a vocabulary', () => {
    const many = Array.from({ length: 50_000 }, (_, index) => String(index));
    expect(classResults({ 'confusion.0': 1 }, [{ classes: many }])).toEqual([]);
  });
});

describe('worstClasses', () => {
  it('is those of the lowest recall, without those that have no error or no row', () => {
    expect(worstClasses(results, 9).map(({ name }) => name)).toEqual(['one', 'zero']);
    expect(worstClasses(results, 1).map(({ name }) => name)).toEqual(['one']);
  });
});
