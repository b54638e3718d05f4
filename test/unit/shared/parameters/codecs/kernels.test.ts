import fc from 'fast-check';
import { expect, it } from 'vitest';
import { CodecError } from '../../../../../shared/parameters/codecs/codec-error.ts';
import { UPDATE_CODECS } from '../../../../../shared/parameters/codecs/table.ts';
import { encode } from '../../../../../shared/parameters/codecs.ts';
import { type Vector, VectorMemory } from '../../../../../shared/parameters/memory.ts';
import { DOMAIN, philox4x32, philoxKey } from '../../../../../shared/parameters/philox.ts';
import { bf16Of, int8Bytes, signBytes, topPositions, voteBytes } from './reference.ts';

const memory = VectorMemory.create(8000);
const room = memory.allocate(4000);
const sums = memory.allocate(4000);

/** At an offset that is aligned to nothing but floats. */
function vectorOf(values: readonly number[], within: Vector = room): Vector {
  const vector = within.slice(1, 1 + values.length);
  vector.view.set(values);
  return vector;
}

const float = fc.oneof(
  fc.float({ min: -1000, max: 1000, noNaN: true }),
  fc.float({ min: Math.fround(-1e-3), max: Math.fround(1e-3), noNaN: true }),
  fc.constantFrom(0, -0, 1e-38, -1e-38),
);
const values = fc.array(float, { maxLength: 700, size: 'max' });
const seed = fc.maxSafeNat();

function zerosOf(of: number, start: number, part: number): number {
  const block = new Uint32Array(4);
  philox4x32(block, philoxKey(of, DOMAIN.codec), [start, part, 0, 2]);
  return block[0]!;
}

it('int8 rounds as the reference does, at any length and seed', () => {
  fc.assert(
    fc.property(values, values, seed, (first, second, of) => {
      const parts = [vectorOf(first), vectorOf(second, sums)];
      const bytes = UPDATE_CODECS.int8.encode(parts, { codec: 'int8', seed: of });
      expect([...bytes]).toEqual([...int8Bytes(first, of, 0), ...int8Bytes(second, of, 1)]);
    }),
    { numRuns: 60 },
  );
});

it('sign and vote pack as the reference does', () => {
  fc.assert(
    fc.property(values, seed, (numbers, of) => {
      const zeros = zerosOf(of, 0, 0);
      const encoding = { codec: 'sign', seed: of } as const;
      expect([...UPDATE_CODECS.sign.encode([vectorOf(numbers)], encoding)]).toEqual(
        signBytes(numbers, zeros),
      );
      expect([...UPDATE_CODECS.vote.encode([vectorOf(numbers)], encoding)]).toEqual(
        voteBytes(numbers, zeros),
      );
    }),
    { numRuns: 100 },
  );
});

it('bf16 rounds to nearest, ties to even, and counts what overflows', () => {
  const any = fc.float({
    noNaN: true,
    noDefaultInfinity: true,
    min: Math.fround(-3.38e38),
    max: Math.fround(3.38e38),
  });
  const tie = fc
    .nat(0x7f7e)
    .map((high) => new Float32Array(new Uint32Array([(high << 16) | 0x8000]).buffer)[0]!);
  fc.assert(
    fc.property(fc.array(fc.oneof(any, tie), { maxLength: 40 }), (numbers) => {
      const bytes = encode(vectorOf(numbers), 'bf16');
      expect([...new Uint16Array(bytes.buffer)]).toEqual(numbers.map(bf16Of));
    }),
    { numRuns: 300 },
  );
  const most = 3.4028234e38;
  for (const numbers of [[most], [1, 1, 1, 1, 1, 1, 1, most], [1, 1, 1, 1, 1, 1, 1, 1, -most]]) {
    expect(() => encode(vectorOf(numbers), 'bf16')).toThrow(/1 of \d numbers are beyond bfloat16's range/);
    expect(() => encode(vectorOf(numbers), 'bf16')).toThrow(CodecError);
  }
  const special = encode(vectorOf([Number.NaN, Number.POSITIVE_INFINITY]), 'bf16');
  expect([...new Uint16Array(special.buffer)]).toEqual([0x7fc0, 0x7f80]);
});

it('top-k takes the largest magnitudes, of equals the first', () => {
  const share = fc.float({ min: Math.fround(0.001), max: 1, noNaN: true });
  const coarse = fc.array(fc.integer({ min: -5, max: 5 }), { minLength: 1, maxLength: 300, size: 'max' });
  fc.assert(
    fc.property(
      fc.oneof(
        values.filter((list) => list.length > 0),
        coarse,
      ),
      share,
      fc.nat(),
      (numbers, of, cut) => {
        const at = cut % (numbers.length + 1);
        const parts = [vectorOf(numbers.slice(0, at)), vectorOf(numbers.slice(at), sums)];
        const bytes = UPDATE_CODECS['top-k'].encode(parts, { codec: 'top-k', share: of });
        const k = Math.ceil(numbers.length * of);
        const expected = topPositions(numbers, k);
        expect([...new Uint32Array(bytes.buffer, 0, k)]).toEqual(expected);
        expect([...new Float32Array(bytes.buffer, 4 * k)]).toEqual(
          expected.map((i) => Math.fround(numbers[i]!)),
        );
      },
    ),
    { numRuns: 200 },
  );
});
