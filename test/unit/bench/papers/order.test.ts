import { describe, expect, it } from 'vitest';
import { pairsInOrder } from '../../../../bench/papers/order.ts';

describe('pairsInOrder', () => {
  it('counts the pairs of which the same one is smaller', () => {
    expect(pairsInOrder([4, 3, 2, 1], [626, 179, 34, 20])).toBe(6);
    expect(pairsInOrder([4, 5, 2, 1], [626, 179, 34, 20])).toBe(5);
    expect(pairsInOrder([1, 2, 3, 4], [626, 179, 34, 20])).toBe(0);
  });

  it('does not count a tie where there was none', () => {
    expect(pairsInOrder([2, 2], [5, 4])).toBe(0);
    expect(pairsInOrder([2, 2], [5, 5])).toBe(1);
  });
});
