import { describe, expect, it } from 'vitest';
import { bestPath, decodingMetadata, parseDecoding } from '../../../shared/programs/best-path.ts';

/** Outputs of steps of which each has one that is the largest. */
const steps = (path: readonly number[], outputs: number) =>
  path.flatMap((best) => Array.from({ length: outputs }, (_, output) => (output === best ? 2 : -1)));

describe('the label that the best path says', () => {
  it.each([
    [0, [0, 1, 1, 0, 2, 2, 2, 0], 'ab'],
    [0, [1, 1, 0, 1, 3], 'aac'],
    [3, [0, 3, 0, 1, 3, 3, 2], 'aabc'],
    [1, [0, 0, 1, 2, 3], 'abc'],
    [0, [0, 0, 0], ''],
  ])('with the blank at %i: %j', (blank, path, label) => {
    expect(bestPath(steps(path, 4), 4, blank, ['a', 'b', 'c'])).toBe(label);
  });

  it('has numbers in place of symbols that nobody knows', () => {
    expect(bestPath(steps([1, 0, 12, 12], 13), 13, 0, undefined)).toBe('0 11');
  });

  it('is what a file says of itself, and no other file', () => {
    expect(parseDecoding(decodingMetadata(0))).toBe(0);
    expect(parseDecoding(decodingMetadata(10))).toBe(10);
    expect(decodingMetadata(undefined)).toEqual({});
    expect(parseDecoding({})).toBeUndefined();
    expect(parseDecoding({ ...decodingMetadata(1), 'tributary.blank': 'x' })).toBeUndefined();
  });
});
