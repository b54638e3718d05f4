import type { Vector } from './memory.ts';
import { lengthOf, type Pieces } from './pieces.ts';

/** Encodings of a vector on the wire, little-endian, without padding. */
export type Codec = 'f32' | 'f16';

/** Encoded bytes that do not fit the vector they are for. */
export class CodecError extends Error {
  override readonly name = 'CodecError';
}

export interface Encoded {
  readonly bytes: Uint8Array;
  /** Finite numbers that became infinite: |x| ≥ 65520 as float16. A sum with them would be infinite too. */
  readonly overflow: number;
}

/** The size in bytes of `length` encoded floats. */
export function encodedSize(length: number, codec: Codec): number {
  return length * (codec === 'f16' ? 2 : 4);
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
  const { staging, kernels } = vector.memory;
  const chunk = staging.length * 2;
  const stagingBytes = bytesOf(staging);
  let overflow = 0;
  for (let start = 0; start < vector.length; start += chunk) {
    const part = vector.slice(start, Math.min(start + chunk, vector.length));
    overflow += kernels.encodeF16(staging, part);
    bytes.set(stagingBytes.subarray(0, part.length * 2), start * 2);
  }
  return { bytes, overflow };
}

/**
 * Encodes a vector.
 *
 * @throws CodecError when finite numbers would become infinite.
 */
export function encode(vector: Vector, codec: Codec): Uint8Array {
  const { bytes, overflow } = encodeChecked(vector, codec);
  if (overflow > 0) {
    throw new CodecError(
      `${overflow} of ${vector.length} numbers are beyond float16's range (±65504). Use the f32 wire, clip the gradient, or lower the learning rate.`,
    );
  }
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
  const { kernels } = vector.memory;
  throughStaging(vector.memory.staging, [bytes], codec, (staged, start, count) => {
    kernels.decodeF16(vector.slice(start, start + count), staged);
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
  const { kernels } = acc.memory;
  throughStaging(staging, pieces, codec, (staged, start, count) => {
    const part = acc.slice(start, start + count);
    if (codec === 'f16') kernels.axpyF16(part, weight, staged);
    else kernels.axpy(part, weight, staged.slice(0, count));
  });
}

/** Whether the encoded numbers are all finite; the bytes must be those of `like.length` floats. */
export function isFiniteEncoded(like: Vector, pieces: Pieces, codec: Codec): boolean {
  checkSize(like.length, lengthOf(pieces), codec);
  const { kernels, staging } = like.memory;
  let finite = true;
  throughStaging(staging, pieces, codec, (staged, _start, count) => {
    finite &&=
      codec === 'f16' ? kernels.isFiniteF16(staged, count) : kernels.isFinite(staged.slice(0, count));
  });
  return finite;
}

/**
 * Copies bytes into scratch memory, where kernels can reach them, as many at a time as it holds. A number may be split
 * between two pieces: in the scratch memory it is whole.
 */
function throughStaging(
  staging: Vector,
  pieces: Pieces,
  codec: Codec,
  use: (staged: Vector, start: number, count: number) => void,
): void {
  if (staging.length === 0) throw new CodecError('The staging vector is empty: give it at least one float.');
  const size = encodedSize(1, codec);
  const scratch = bytesOf(staging);
  let used = 0;
  let start = 0;
  const flush = (): void => {
    use(staging, start, used / size);
    start += used / size;
    used = 0;
  };
  for (const piece of pieces) {
    for (let at = 0; at < piece.length; ) {
      const end = Math.min(piece.length, at + scratch.length - used);
      scratch.set(piece.subarray(at, end), used);
      used += end - at;
      at = end;
      if (used === scratch.length) flush();
    }
  }
  if (used > 0) flush();
}

function bytesOf(vector: Vector): Uint8Array {
  return new Uint8Array(vector.view.buffer, vector.offset, vector.length * 4);
}

function checkSize(length: number, bytes: number, codec: Codec): void {
  const expected = encodedSize(length, codec);
  if (bytes !== expected) {
    throw new CodecError(
      `${bytes} bytes arrived for ${length} floats as ${codec}: ${expected} are needed. Sender and receiver disagree about the model's layout.`,
    );
  }
}
