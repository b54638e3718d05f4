import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CodecError } from '../../../../shared/parameters/codecs/codec-error.ts';
import {
  addDecoded,
  decodeInto,
  encode,
  encodeChecked,
  encodedSize,
  isFiniteEncoded,
} from '../../../../shared/parameters/codecs.ts';
import { type Vector, VectorMemory } from '../../../../shared/parameters/memory.ts';

const memory = VectorMemory.create(400_000);
const a = memory.allocate(150_000);
const b = memory.allocate(150_000);
/** A staging of few floats, so that small vectors already take several chunks. */
const small = memory.allocate(12);

/** The value of 16 bits as IEEE 754 binary16, by its definition. */
function halfValue(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15));
}

/** Nearest binary16, ties to even, by comparing with both neighbours. */
function nearestHalf(value: number): number {
  const magnitude = Math.abs(value);
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  let low = 0;
  let high = 0x7c00;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (halfValue(middle) <= magnitude) low = middle;
    else high = middle;
  }
  // Beyond the largest number the next step of the grid, 65536, stands for infinity.
  const above = high === 0x7c00 ? 65536 : halfValue(high);
  const toLow = magnitude - halfValue(low);
  const toHigh = above - magnitude;
  return sign | (toLow < toHigh || (toLow === toHigh && low % 2 === 0) ? low : high);
}

function vectorOf(values: ArrayLike<number>, within: Vector = a): Vector {
  const vector = within.slice(1, 1 + values.length);
  vector.view.set(values);
  return vector;
}

function halves(bytes: Uint8Array): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: bytes.length / 2 }, (_, i) => view.getUint16(i * 2, true));
}

describe('f16', () => {
  it('decodes every one of the 65,536 numbers', () => {
    const bytes = new Uint8Array(Uint16Array.from({ length: 65536 }, (_, i) => i).buffer);
    const out = b.slice(3, 3 + 65536);
    decodeInto(out, bytes, 'f16');
    for (let bits = 0; bits < 65536; bits++) {
      if (!Object.is(out.view[bits], halfValue(bits)))
        throw new Error(`0x${bits.toString(16)}: ${out.view[bits]}`);
    }
    const sum = a.slice(0, 65536);
    sum.memory.kernels.fill(sum, 1);
    addDecoded(sum, [bytes], 'f16', 0.5);
    for (let bits = 0; bits < 65536; bits++) {
      const expected = Math.fround(1 + Math.fround(halfValue(bits) * 0.5));
      if (!Object.is(sum.view[bits], expected)) throw new Error(`0x${bits.toString(16)}: ${sum.view[bits]}`);
    }
  });

  it('gives every number back that it can hold', () => {
    const finite = Array.from({ length: 65536 }, (_, bits) => bits).filter(
      (bits) => (bits & 0x7c00) !== 0x7c00,
    );
    const bytes = encode(vectorOf(finite.map(halfValue)), 'f16');
    expect(halves(bytes)).toEqual(finite);
  });

  it('rounds to nearest, ties to even', () => {
    const bits = fc.integer({ min: 0, max: 0x7bfe });
    // Around the middle between two neighbours, where rounding is decided.
    const near = fc.tuple(bits, fc.constantFrom(-1, 0, 1), fc.boolean()).map(([low, nudge, negative]) => {
      const middle = new Float32Array([(halfValue(low) + halfValue(low + 1)) / 2]);
      new Uint32Array(middle.buffer)[0]! += nudge;
      return negative ? -middle[0]! : middle[0]!;
    });
    const any = fc.float({ min: -65519, max: 65519, noNaN: true });
    fc.assert(
      fc.property(fc.array(fc.oneof(near, any), { maxLength: 40 }), (values) => {
        expect(halves(encode(vectorOf(values), 'f16'))).toEqual(values.map(nearestHalf));
      }),
      { numRuns: 500 },
    );
  });

  it('detects and counts what overflows to infinity, and lets infinities and NaN through', () => {
    const just = 65519.99609375;
    const values = [65504, just, 65520, -65520, 1e30, -3e38, Number.POSITIVE_INFINITY, Number.NaN, 0, 65535];
    const { bytes, overflow } = encodeChecked(vectorOf(values), 'f16');
    expect(halves(bytes)).toEqual([
      ...[0x7bff, 0x7bff, 0x7c00, 0xfc00, 0x7c00, 0xfc00, 0x7c00, 0x7e00, 0, 0x7c00],
    ]);
    expect(overflow).toBe(5);
    expect(() => encode(vectorOf(values), 'f16')).toThrow(/5 of 10 numbers are beyond float16's range/);
    expect(encodeChecked(vectorOf([Number.NaN, Number.NEGATIVE_INFINITY]), 'f16').overflow).toBe(0);
  });
});

describe.each(['f32', 'f16'] as const)('%s', (codec) => {
  const values = fc.array(fc.float({ min: -60000, max: 60000, noNaN: true }), { maxLength: 100 });

  it('comes back from unaligned bytes, also through many small chunks', () => {
    fc.assert(
      fc.property(values, fc.nat(7), fc.float({ noNaN: true, min: -2, max: 2 }), (numbers, shift, weight) => {
        const encoded = encode(vectorOf(numbers), codec);
        const shifted = new Uint8Array(encoded.length + shift).subarray(shift);
        shifted.set(encoded);
        const decoded = b.slice(5, 5 + numbers.length);
        decodeInto(decoded, shifted, codec);
        expect([...decoded.view]).toEqual(
          numbers.map((value) => (codec === 'f32' ? value : halfValue(nearestHalf(value)))),
        );
        const expected = [...decoded.view].map((value) => Math.fround(7 + Math.fround(value * weight)));
        for (const staging of [undefined, small, small.slice(0, 1)]) {
          const sum = a.slice(2, 2 + numbers.length);
          memory.kernels.fill(sum, 7);
          addDecoded(sum, [shifted.subarray(0, 7), shifted.subarray(7)], codec, weight, staging);
          expect([...sum.view]).toEqual(expected);
        }
      }),
    );
  });

  it('handles vectors that are longer than the staging memory', () => {
    const count = 140_003;
    const source = a.slice(0, count);
    for (let i = 0; i < count; i++) source.view[i] = (i % 2000) - 1000;
    const bytes = encode(source, codec);
    expect(bytes.length).toBe(encodedSize(count, codec));
    const target = b.slice(0, count);
    decodeInto(target, bytes, codec);
    expect(target.view).toEqual(source.view);
    addDecoded(target, [bytes], codec, -1);
    expect(target.view.every((value) => value === 0)).toBe(true);
    expect(isFiniteEncoded(target, [bytes], codec)).toBe(true);
    const last = bytes.slice();
    last.set(codec === 'f16' ? [0x00, 0x7e] : [0, 0, 0xc0, 0x7f], bytes.length - encodedSize(1, codec));
    expect(isFiniteEncoded(target, [last], codec)).toBe(false);
  });

  it('refuses a wrong number of bytes, and changes nothing', () => {
    const target = vectorOf([1, 2, 3]);
    for (const length of [0, encodedSize(3, codec) - 1, encodedSize(3, codec) + 1, encodedSize(4, codec)]) {
      const bytes = new Uint8Array(length);
      expect(() => decodeInto(target, bytes, codec)).toThrow(CodecError);
      expect(() => addDecoded(target, [bytes], codec, 1)).toThrow(/are needed/);
      expect(() => isFiniteEncoded(target, [bytes], codec)).toThrow(CodecError);
    }
    expect([...target.view]).toEqual([1, 2, 3]);
  });
});
