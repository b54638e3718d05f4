import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRandom, permutation } from '../../../../shared/parameters/random.ts';

describe('createRandom', () => {
  it('goes on from its state as if it had not stopped', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.nat(50), (seed, drawn) => {
        const random = createRandom(seed);
        for (let i = 0; i < drawn; i++) random.next();
        const resumed = createRandom(random.state());
        expect([resumed.next(), resumed.next(), resumed.next()]).toEqual([
          random.next(),
          random.next(),
          random.next(),
        ]);
        expect(resumed.state()).toBe(random.state());
      }),
    );
  });

  it('has the mean and variance of a uniform number', () => {
    const random = createRandom(42);
    const values = Array.from({ length: 20_000 }, () => random.next());
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
    expect(mean).toBeCloseTo(0.5, 2);
    expect(variance).toBeCloseTo(1 / 12, 2);
    expect(values.every((value) => value >= 0 && value < 1)).toBe(true);
  });

  it('refuses what is no state and no seed', () => {
    for (const bad of ['', 'philox4x32-10:1', 'philox4x32-10:1:x', -1, 1.5, Number.NaN]) {
      expect(() => createRandom(bad)).toThrow(RangeError);
    }
  });
});

describe('permutation', () => {
  it('holds every row exactly once', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.nat(1000), fc.nat(300), (seed, epoch, count) => {
        expect([...permutation(seed, epoch, count)].sort((a, b) => a - b)).toEqual(
          Array.from({ length: count }, (_, row) => row),
        );
      }),
    );
  });

  it('differs from epoch to epoch and from seed to seed, and repeats for the same', () => {
    expect(permutation(1, 0, 100)).toEqual(permutation(1, 0, 100));
    expect(permutation(1, 0, 100)).not.toEqual(permutation(1, 1, 100));
    expect(permutation(1, 0, 100)).not.toEqual(permutation(2, 0, 100));
  });

  it('gives each order of three rows about equally often', () => {
    const counts = new Map<string, number>();
    for (let epoch = 0; epoch < 6000; epoch++) {
      const order = permutation(5, epoch, 3).join('');
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(6);
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(150);
  });
});
