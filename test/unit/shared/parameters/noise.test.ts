import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { VectorMemory } from '../../../../shared/parameters/memory.ts';
import { fillNoise } from '../../../../shared/parameters/noise.ts';
import { DOMAIN, philox4x32, philoxKey } from '../../../../shared/parameters/philox.ts';

describe('philox4x32', () => {
  // Known answers of Random123 (kat_vectors, philox4x32 with 10 rounds).
  it.each([
    [[0, 0], [0, 0, 0, 0], '6627e8d5 e169c58d bc57ac4c 9b00dbd8'],
    [
      [0xffffffff, 0xffffffff],
      [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
      '408f276d 41c83b0e a20bc7c6 6d5451fd',
    ],
    [
      [0xa4093822, 0x299f31d0],
      [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
      'd16cfe09 94fdcceb 5001e420 24126ea1',
    ],
  ] as const)('agrees with its authors for key %j', (key, counter, answer) => {
    const out = new Uint32Array(4);
    philox4x32(out, key, counter);
    expect([...out].map((word) => word.toString(16).padStart(8, '0')).join(' ')).toBe(answer);
  });
});

describe('fillNoise', () => {
  const memory = VectorMemory.create(1 << 18);
  const scratch = memory.allocate(1 << 18);
  const uint = fc.integer({ min: 0, max: 0xffffffff });

  it('is what the reference in plain JavaScript gives, for vectors and for other arrays', () => {
    fc.assert(
      fc.property(
        fc.maxSafeNat(),
        uint,
        uint,
        fc.array(uint, { minLength: 1, maxLength: 5 }),
        fc.integer({ min: 0, max: 70 }),
        (seed, epoch, place, examples, size) => {
          const count = examples.length * size;
          const vector = scratch.slice(3, 3 + count);
          const after = scratch.slice(3 + count, 10 + count);
          memory.kernels.fill(after, -1);
          const plain = new Float32Array(count);
          fillNoise(vector, { seed, epoch, place, examples });
          fillNoise(plain, { seed, epoch, place, examples });
          const words = new Uint32Array(4);
          const expected = examples.flatMap((example) =>
            Array.from({ length: size }, (_, i) => {
              philox4x32(words, philoxKey(seed, DOMAIN.noise), [i >> 2, example, epoch, place]);
              return (words[i % 4]! >>> 8) / 2 ** 24;
            }),
          );
          expect([...plain]).toEqual(expected);
          expect([...vector.view]).toEqual(expected);
          expect([...after.view]).toEqual(Array(7).fill(-1));
        },
      ),
    );
  });

  it('goes on through the scratch memory in rows that are longer than it', () => {
    const long = new Float32Array(100_001);
    const key = { seed: 1, epoch: 2, place: 3, examples: [4] };
    fillNoise(long, key);
    const vector = scratch.slice(0, long.length);
    fillNoise(vector, key);
    expect(long).toEqual(vector.view);
  });

  it('is the same however the rows are split over batches and members', () => {
    const examples = fc.uniqueArray(fc.integer({ min: 0, max: 10_000 }), { minLength: 2, maxLength: 40 });
    fc.assert(
      fc.property(examples, fc.nat(39), fc.integer({ min: 1, max: 33 }), (rows, split, size) => {
        const at = Math.min(split, rows.length);
        const key = { seed: 7, epoch: 3, place: 1 };
        const whole = new Float32Array(rows.length * size);
        fillNoise(whole, { ...key, examples: rows });
        const parts = scratch.slice(0, rows.length * size);
        fillNoise(parts.slice(at * size), { ...key, examples: rows.slice(at) });
        fillNoise(parts.slice(0, at * size), { ...key, examples: rows.slice(0, at) });
        expect(parts.view).toEqual(whole);
      }),
    );
  });

  it('is uniform in [0, 1), and uncorrelated between neighbours in every part of the key', () => {
    const size = 1 << 16;
    const draw = (seed: number, epoch: number, place: number, example: number): Float64Array => {
      const out = scratch.slice(0, size);
      fillNoise(out, { seed, epoch, place, examples: [example] });
      return Float64Array.from(out.view);
    };
    const base = draw(1, 1, 1, 1);
    expect(Math.min(...base.subarray(0, 4096))).toBeGreaterThanOrEqual(0);
    expect(base.every((value) => value >= 0 && value < 1)).toBe(true);
    // 64 bins: chi-squared with 63 degrees of freedom exceeds 120 with probability 2e-5 (the seed is fixed).
    const bins = new Array<number>(64).fill(0);
    for (const value of base) bins[Math.floor(value * 64)]! += 1;
    const expected = size / 64;
    expect(bins.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)).toBeLessThan(120);
    const others = [draw(2, 1, 1, 1), draw(1, 2, 1, 1), draw(1, 1, 2, 1), draw(1, 1, 1, 2)];
    for (const other of [...others, base.slice(1)]) {
      let product = 0;
      other.forEach((value, i) => {
        product += (value - 0.5) * (base[i]! - 0.5);
      });
      // Correlation of independent numbers: standard deviation 1/256 here.
      expect(Math.abs((product / size) * 12)).toBeLessThan(5 / 256);
    }
  });

  it('refuses a target that does not divide into rows', () => {
    const key = { seed: 0, epoch: 0, place: 0, examples: [1, 2] };
    expect(() => fillNoise(new Float32Array(7), key)).toThrow(RangeError);
    expect(() => fillNoise(new Float32Array(2), { ...key, seed: -1 })).toThrow(/seed/);
  });
});
