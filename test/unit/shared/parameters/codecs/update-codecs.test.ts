import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UPDATE_CODEC_NAMES, UPDATE_CODECS } from '../../../../../shared/parameters/codecs/table.ts';
import type { Encoding, UpdateCodec } from '../../../../../shared/parameters/codecs/update-codec.ts';
import { type Vector, VectorMemory } from '../../../../../shared/parameters/memory.ts';
import { createRandom } from '../../../../../shared/parameters/random.ts';

const memory = VectorMemory.create(400_000);
const first = memory.allocate(150_000);
const second = memory.allocate(40_000);
const acc = memory.allocate(195_000);

function fill(vector: Vector, values: readonly number[]): Vector {
  const part = vector.slice(1, 1 + values.length);
  part.view.set(values);
  return part;
}

/** Encoded and decoded again, in pieces cut at odd places. */
function roundTrip(parts: readonly Vector[], encoding: Encoding, cut = 7): Float32Array[] {
  const row = UPDATE_CODECS[encoding.codec];
  const lengths = parts.map((part) => part.length);
  const bytes = row.encode(parts, encoding);
  expect(bytes.length).toBe(row.size(lengths, encoding.share ?? 1));
  const pieces = [bytes.subarray(0, cut), bytes.subarray(cut, 3 * cut), bytes.subarray(3 * cut)];
  expect(row.fault(parts, pieces)).toBeUndefined();
  let at = 0;
  const targets = lengths.map((length) => {
    const vector = acc.slice(at, at + length);
    at += length;
    memory.kernels.fill(vector, 0);
    return { vector, weight: 1 };
  });
  row.add(targets, pieces);
  return targets.map(({ vector }) => vector.view.slice());
}

const values = fc.array(fc.float({ min: -1000, max: 1000, noNaN: true }), {
  minLength: 1,
  maxLength: 600,
  size: 'max',
});

function largest(block: ArrayLike<number>): number {
  return Array.from(block).reduce((max, value) => Math.max(max, Math.abs(value)), 0);
}

describe('what comes back', () => {
  it('is within 2^-8 of the number as bf16, 2^-11 as f16 (of normal numbers), exact as f32', () => {
    fc.assert(
      fc.property(values, (numbers) => {
        for (const [codec, bound] of [
          ['f32', 0],
          ['bf16', 2 ** -8],
          ['f16', 2 ** -11],
        ] as const) {
          const source = fill(first, numbers);
          const [decoded] = roundTrip([source], { codec });
          source.view.forEach((value, i) => {
            expect(Math.abs(value - decoded![i]!)).toBeLessThanOrEqual(Math.abs(value) * bound + 2 ** -25);
          });
        }
      }),
      { numRuns: 50 },
    );
  });

  it('is within one step of the number as int8: its block’s largest magnitude / 127', () => {
    fc.assert(
      fc.property(values, fc.maxSafeNat(), (numbers, seed) => {
        const source = fill(first, numbers);
        const [decoded] = roundTrip([source], { codec: 'int8', seed });
        for (let start = 0; start < numbers.length; start += 256) {
          const block = source.view.subarray(start, start + 256);
          // A block of numbers below 1e-30 becomes 0.
          const step = (largest(block) / 127) * (1 + 1e-5) + 1e-30;
          block.forEach((value, i) => {
            expect(Math.abs(value - decoded![start + i]!)).toBeLessThanOrEqual(step);
          });
        }
      }),
      { numRuns: 50 },
    );
  });

  it('has the number’s sign and its block’s mean magnitude as sign', () => {
    fc.assert(
      fc.property(values, fc.maxSafeNat(), (numbers, seed) => {
        const source = fill(first, numbers);
        const [decoded] = roundTrip([source], { codec: 'sign', seed });
        for (let start = 0; start < numbers.length; start += 256) {
          const block = source.view.subarray(start, start + 256);
          const mean = block.reduce((sum, value) => sum + Math.abs(value), 0) / block.length;
          block.forEach((value, i) => {
            const got = decoded![start + i]!;
            expect(Math.abs(Math.abs(got) - mean)).toBeLessThanOrEqual(
              mean * 1e-5 + 2 ** -126 * 1e-5 + 2 ** -149,
            );
            if (value !== 0 && mean > 1e-30) expect(Math.sign(got)).toBe(Math.sign(value));
          });
        }
      }),
      { numRuns: 50 },
    );
  });

  it('is the number or zero as top-k and random-k, k of them', () => {
    fc.assert(
      fc.property(values, fc.maxSafeNat(), fc.constantFrom('top-k', 'random-k'), (numbers, seed, codec) => {
        const encoding = { codec, seed, share: 0.1, errorFeedback: true } as const;
        const source = fill(first, numbers);
        const [decoded] = roundTrip([source], encoding);
        const kept = decoded!.filter((value) => value !== 0).length;
        expect(kept).toBeLessThanOrEqual(Math.ceil(numbers.length * 0.1));
        source.view.forEach((value, i) => {
          expect([0, value]).toContain(decoded![i]! + 0 === 0 ? 0 : decoded![i]!);
        });
      }),
      { numRuns: 50 },
    );
  });

  it('is the same through many chunks of scratch memory and pieces', () => {
    const random = createRandom(5);
    const long = Array.from({ length: 149_001 }, () => random.next() - 0.5);
    const short = Array.from({ length: 33_333 }, () => random.next() - 0.5);
    for (const codec of UPDATE_CODEC_NAMES) {
      const parts = [fill(first, long), fill(second, short)];
      const encoding = { codec, seed: 11, share: 0.2, errorFeedback: true };
      const whole = roundTrip(parts, encoding, 0);
      expect(roundTrip(parts, encoding, 50_001)).toEqual(whole);
      // A second part has its own randomness, and does not depend on how long the first one was in chunks.
      const error = Math.hypot(...whole[1]!.map((value, i) => value - short[i]!)) / Math.hypot(...short);
      const most: Record<UpdateCodec, number> = {
        ...{
          f32: 1e-7,
          f16: 1e-3,
          bf16: 4e-3,
          int8: 0.02,
          'top-k': 0.75,
          'random-k': 0.95,
          sign: 0.6,
          vote: 3,
        },
      };
      expect(error, codec).toBeLessThanOrEqual(most[codec]);
    }
  });
});

describe('randomness', () => {
  const random = createRandom(3);
  const numbers = Array.from({ length: 700 }, () => 2 * random.next() - 1);
  const source = fill(first, numbers);

  /** Mean over seeds, and how far it may be off: five standard errors. */
  function meanOf(encoding: Encoding, draws: number): { mean: Float64Array; errors: Float64Array } {
    const sum = new Float64Array(numbers.length);
    const squares = new Float64Array(numbers.length);
    for (let seed = 0; seed < draws; seed++) {
      const [decoded] = roundTrip([source], { ...encoding, seed: 1000 + seed });
      decoded!.forEach((value, i) => {
        sum[i]! += value;
        squares[i]! += value * value;
      });
    }
    const mean = sum.map((value) => value / draws);
    const errors = squares.map((value, i) => Math.sqrt(Math.max(0, value / draws - mean[i]! ** 2) / draws));
    return { mean, errors };
  }

  it('rounds int8 without bias', () => {
    const { mean, errors } = meanOf({ codec: 'int8' }, 800);
    source.view.forEach((value, i) => {
      expect(Math.abs(mean[i]! - value)).toBeLessThanOrEqual(5 * errors[i]! + 1e-4);
    });
    const bias = mean.reduce((sum, value, i) => sum + value - source.view[i]!, 0) / mean.length;
    expect(Math.abs(bias)).toBeLessThan(2e-5);
  });

  it('makes random-k unbiased without error feedback', () => {
    const draws = 3000;
    const { mean } = meanOf({ codec: 'random-k', share: 0.13 }, draws);
    // Strata of at most eight: with probability 1/8 eight times the value, whose variance is seven squares of it.
    source.view.forEach((value, i) => {
      expect(Math.abs(mean[i]! - value)).toBeLessThanOrEqual(6 * Math.abs(value) * Math.sqrt(7 / draws));
    });
  });

  it('is the same for the same seed, another for another', () => {
    for (const codec of ['int8', 'random-k'] as const) {
      const encodeWith = (seed: number) => [
        ...UPDATE_CODECS[codec].encode([source], { codec, seed, share: 0.1 }),
      ];
      expect(encodeWith(2 ** 53 - 1)).toEqual(encodeWith(2 ** 53 - 1));
      expect(encodeWith(1)).not.toEqual(encodeWith(2 ** 32 + 1));
    }
  });
});

describe('bytes of a stranger', () => {
  const numbers = Array.from({ length: 600 }, (_, i) => Math.sin(i));
  const source = (): Vector => fill(first, numbers);
  const faultOf = (codec: UpdateCodec, change: (bytes: Uint8Array, view: DataView) => void) => {
    const bytes = UPDATE_CODECS[codec].encode([source()], { codec, share: 0.1 });
    change(bytes, new DataView(bytes.buffer));
    return UPDATE_CODECS[codec].fault([source()], [bytes]);
  };

  it('top-k: positions must ascend, and be of the vector', () => {
    expect(faultOf('top-k', (_, view) => view.setUint32(4, view.getUint32(0, true), true))).toMatchObject({
      message: expect.stringMatching(/position \d+ after \d+: they must ascend/),
      nonFinite: false,
    });
    expect(faultOf('top-k', (_, view) => view.setUint32(59 * 4, 600, true))?.message).toMatch(/below 600/);
    expect(faultOf('top-k', (_, view) => view.setUint32(59 * 4, 0xffffffff, true))?.message).toMatch(
      /below 600/,
    );
    expect(faultOf('top-k', (_, view) => view.setUint32(59 * 4, 599, true))).toBeUndefined();
    expect(faultOf('top-k', (_, view) => view.setFloat32(60 * 4, Number.NaN, true))?.nonFinite).toBe(true);
  });

  it('random-k: the seed must be one', () => {
    expect(faultOf('random-k', (_, view) => view.setUint32(4, 0xffffffff, true))?.message).toMatch(/2\^53/);
    expect(faultOf('random-k', (_, view) => view.setUint32(4, 2 ** 21 - 1, true))).toBeUndefined();
    expect(
      faultOf('random-k', (_, view) => view.setFloat32(8, Number.POSITIVE_INFINITY, true))?.nonFinite,
    ).toBe(true);
  });

  it('scales must be finite, in every block', () => {
    for (const [codec, size] of [
      ['int8', 260],
      ['sign', 36],
    ] as const) {
      for (const block of [0, 1, 2]) {
        for (const scale of [Number.NaN, Number.NEGATIVE_INFINITY]) {
          expect(faultOf(codec, (_, view) => view.setFloat32(block * size, scale, true))?.nonFinite).toBe(
            true,
          );
        }
      }
    }
  });

  it('bf16: NaN and infinity are seen', () => {
    for (const bits of [0x7f80, 0xffc0]) {
      for (const at of [0, 7, 599]) {
        expect(faultOf('bf16', (_, view) => view.setUint16(2 * at, bits, true))?.nonFinite).toBe(true);
      }
    }
  });

  it('any bytes of the right number are refused or added, and touch nothing else', () => {
    fc.assert(
      fc.property(fc.constantFrom(...UPDATE_CODEC_NAMES), fc.nat(2 ** 31), (codec, seed) => {
        const row = UPDATE_CODECS[codec];
        const random = createRandom(seed);
        const bytes = Uint8Array.from({ length: row.size([600], 0.1) }, () => random.next() * 256);
        const like = source();
        const fault = row.fault([like], [bytes]);
        expect([...like.view]).toEqual(numbers.map(Math.fround));
        if (fault) return;
        const target = acc.slice(8, 608);
        memory.kernels.fill(acc.slice(0, 616), 3);
        row.add([{ vector: target, weight: 1 }], [bytes]);
        expect([...acc.view.slice(0, 8), ...acc.view.slice(608, 616)]).toEqual(new Array(16).fill(3));
        if (codec !== 'int8' && codec !== 'sign') expect(memory.kernels.isFinite(target)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});
