import { beyondRange, CodecError } from './codecs/codec-error.ts';
import { DENSE } from './codecs/dense.ts';
import { bytesOf, encodeStaged, throughStaging } from './codecs/staged.ts';
import type { DenseCodec } from './codecs/update-codec.ts';
import type { Vector } from './memory.ts';
import { lengthOf, type Pieces } from './pieces.ts';

/** Encodings of a whole vector on the wire, number by number, little-endian, without padding. Those of updates: `codecs/`. */
export type Codec = DenseCodec;

export interface Encoded {
  readonly bytes: Uint8Array;
  /** Finite numbers that became infinite: |x| ≥ 65520 as float16. A sum with them would be infinite too. */
  readonly overflow: number;
}

/** The size in bytes of `length` encoded floats. */
export function encodedSize(length: number, codec: Codec): number {
  return DENSE[codec].bytes(length);
}

/**
 * Encodes a vector, and counts what the encoding cannot hold.
 *
 * @returns bytes of their own memory, so that they can be transferred to another thread.
 */
export function encodeChecked(vector: Vector, codec: Codec): Encoded {
  const bytes = new Uint8Array(encodedSize(vector.length, codec));
  if (codec === 'f32') {
    bytes.set(bytesOf(vector));
    return { bytes, overflow: 0 };
  }
  const row = DENSE[codec];
  const draw = { seed: 0, part: 0, start: 0 };
  const overflow = encodeStaged(bytes, vector, row, (target, part) => row.encode(target, part, draw));
  return { bytes, overflow };
}

/**
 * Encodes a vector.
 *
 * @throws CodecError when finite numbers would become infinite.
 */
export function encode(vector: Vector, codec: Codec): Uint8Array {
  const { bytes, overflow } = encodeChecked(vector, codec);
  if (overflow > 0) throw beyondRange(overflow, vector.length, DENSE[codec].range);
  return bytes;
}

/**
 * Decodes bytes, which may be unaligned, into a vector.
 *
 * @throws CodecError when their number is not that of the vector.
 */
export function decodeInto(vector: Vector, bytes: Uint8Array, codec: Codec): void {
  checkSize(vector.length, bytes.length, codec);
  if (codec === 'f32') {
    bytesOf(vector).set(bytes);
    return;
  }
  const row = DENSE[codec];
  throughStaging(vector.memory.staging, [bytes], row, vector.length, (staged, start, count) => {
    row.decode(vector.slice(start, start + count), staged);
  });
}

/**
 * acc += weight · decoded bytes, in one pass over small staged chunks: no decoded copy of the whole is made.
 *
 * @param staging scratch of any length in acc's memory; the memory's own by default.
 * @throws CodecError when the number of bytes is not that of the accumulator.
 */
export function addDecoded(
  acc: Vector,
  pieces: Pieces,
  codec: Codec,
  weight: number,
  staging: Vector = acc.memory.staging,
): void {
  checkSize(acc.length, lengthOf(pieces), codec);
  const row = DENSE[codec];
  throughStaging(staging, pieces, row, acc.length, (staged, start, count) => {
    row.add(acc.slice(start, start + count), weight, staged);
  });
}

/** Whether the encoded numbers are all finite; the bytes must be those of `like.length` floats. */
export function isFiniteEncoded(like: Vector, pieces: Pieces, codec: Codec): boolean {
  checkSize(like.length, lengthOf(pieces), codec);
  const row = DENSE[codec];
  let finite = true;
  throughStaging(like.memory.staging, pieces, row, like.length, (staged, _start, count) => {
    finite &&= row.isFinite(staged, count);
  });
  return finite;
}

function checkSize(length: number, bytes: number, codec: Codec): void {
  const expected = encodedSize(length, codec);
  if (bytes !== expected) {
    throw new CodecError(
      `${bytes} bytes arrived for ${length} floats as ${codec}: ${expected} are needed. Sender and receiver disagree about the model's layout.`,
    );
  }
}
