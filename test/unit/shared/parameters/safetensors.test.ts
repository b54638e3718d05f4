import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  readSafetensors,
  SafetensorsError,
  writeSafetensors,
} from '../../../../shared/parameters/safetensors.ts';

/** A file with this header text and so many bytes of data. */
function fileOf(header: string, dataBytes: number): Uint8Array {
  const json = new TextEncoder().encode(header);
  const bytes = new Uint8Array(8 + json.length + dataBytes);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true);
  bytes.set(json, 8);
  return bytes;
}

const names = fc.string({ unit: 'grapheme', maxLength: 12 }).filter((name) => name !== '__metadata__');
const tensors = fc.uniqueArray(fc.record({ name: names, data: fc.float32Array({ maxLength: 20 }) }), {
  selector: ({ name }) => name,
  maxLength: 6,
});

describe('safetensors', () => {
  it('gives names, order, bits and metadata back, from any alignment', () => {
    fc.assert(
      fc.property(tensors, fc.dictionary(fc.string(), fc.string()), fc.nat(7), (vectors, metadata, shift) => {
        const bytes = writeSafetensors(vectors, metadata);
        const shifted = new Uint8Array(bytes.length + shift).subarray(shift);
        shifted.set(bytes);
        const read = readSafetensors(shifted);
        expect({ ...read.metadata }).toEqual({ ...metadata });
        // Tensors without elements share their place with the next one: any order of those is right.
        const filled = read.vectors.filter(({ data }) => data.length > 0).map(({ name }) => name);
        expect(filled).toEqual(vectors.filter(({ data }) => data.length > 0).map(({ name }) => name));
        const byName = new Map(read.vectors.map((vector) => [vector.name, vector]));
        for (const { name, data } of vectors) {
          expect(byName.get(name)?.data).toEqual(data);
          expect(byName.get(name)?.dims).toEqual([data.length]);
        }
      }),
    );
  });

  it('writes what the specification says, byte for byte', () => {
    const bytes = writeSafetensors([{ name: 'w', data: Float32Array.of(1, 2), dims: [1, 2] }], { a: 'b' });
    const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
    const header = new TextDecoder().decode(bytes.subarray(8, 8 + length));
    expect(length % 8).toBe(0);
    expect(JSON.parse(header)).toEqual({
      __metadata__: { a: 'b' },
      w: { dtype: 'F32', shape: [1, 2], data_offsets: [0, 8] },
    });
    expect([...bytes.subarray(8 + length)]).toEqual([0, 0, 0x80, 0x3f, 0, 0, 0, 0x40]);
  });

  it('reads no cut or mutated file as another one without noticing the bounds', () => {
    const bytes = writeSafetensors([{ name: 'w', data: Float32Array.of(1, 2, 3) }], {});
    for (let length = 0; length < bytes.length; length++) {
      expect(() => readSafetensors(bytes.slice(0, length))).toThrow(SafetensorsError);
    }
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const mutated = bytes.slice();
        mutated[at]! ^= flip;
        try {
          for (const { data } of readSafetensors(mutated).vectors) expect(data.length).toBeLessThanOrEqual(3);
        } catch (error) {
          expect(error).toBeInstanceOf(SafetensorsError);
        }
      }),
      { numRuns: 500 },
    );
  });

  const entry = (shape: string, offsets: string, dtype = 'F32'): string =>
    `{"dtype":"${dtype}","shape":${shape},"data_offsets":${offsets}}`;
  it.each([
    ['a hole before the first', `{"a":${entry('[1]', '[4,8]')}}`, 8, /hole/],
    ['an overlap', `{"a":${entry('[2]', '[0,8]')},"b":${entry('[1]', '[4,8]')}}`, 8, /hole or overlaps/],
    ['bytes that nobody owns', `{"a":${entry('[1]', '[0,4]')}}`, 8, /need 4 bytes/],
    ['an end beyond the file', `{"a":${entry('[4]', '[0,16]')}}`, 8, /need 16 bytes/],
    ['a shape of another size', `{"a":${entry('[3]', '[0,8]')}}`, 8, /8 bytes for the shape \[3\]/],
    ['a negative offset', `{"a":${entry('[1]', '[-4,0]')}}`, 0, /not two positions/],
    ['a huge shape', `{"a":${entry('[4294967296,4294967296]', '[0,0]')}}`, 0, /bytes for the shape/],
    ['another element type', `{"a":${entry('[1]', '[0,4]', 'F64')}}`, 4, /only F32/],
    ['the same name twice', `{"a":${entry('[1]', '[0,4]')},"a":${entry('[1]', '[4,8]')}}`, 8, /hole/],
    ['metadata that is no text', '{"__metadata__":{"a":1}}', 0, /no text/],
    ['a header that is no object', '[]', 0, /no JSON object/],
    ['a header that is no JSON', '{', 0, /no JSON text/],
  ])('refuses %s', (_, header, dataBytes, message) => {
    expect(() => readSafetensors(fileOf(header, dataBytes))).toThrow(message);
  });

  it('refuses to write two tensors of one name, and a shape that does not fit', () => {
    const data = new Float32Array(2);
    expect(() =>
      writeSafetensors([
        { name: 'a', data },
        { name: 'a', data },
      ]),
    ).toThrow(/name 'a'/);
    expect(() => writeSafetensors([{ name: '__metadata__', data }])).toThrow(SafetensorsError);
    expect(() => writeSafetensors([{ name: 'a', data, dims: [3] }])).toThrow(/shape \[3\]/);
  });
});
