import type { Vector } from '../memory.ts';
import type { Pieces } from '../pieces.ts';
import { CodecError } from './codec-error.ts';

/** An encoding in blocks, each for itself; the last one may be shorter. */
export interface Blocks {
  /** Numbers of a block. */
  readonly block: number;
  /** Bytes of so many numbers from the start of a block. */
  bytes(count: number): number;
}

/**
 * Copies bytes into scratch memory, where kernels can reach them, as many whole blocks at a time as it holds. A block may be
 * split between two pieces: in the scratch memory it is whole.
 *
 * @param length numbers that the pieces hold together
 */
export function throughStaging(
  staging: Vector,
  pieces: Pieces,
  { block, bytes }: Blocks,
  length: number,
  use: (staged: Vector, start: number, count: number) => void,
): void {
  const blocks = Math.floor((staging.length * 4) / bytes(block));
  if (blocks === 0) throw new CodecError(`The staging vector is too small: give it ${bytes(block)} bytes.`);
  const room = blocks * bytes(block);
  const scratch = bytesOf(staging);
  let used = 0;
  let start = 0;
  const flush = (): void => {
    const count = Math.min(blocks * block, length - start);
    use(staging, start, count);
    start += count;
    used = 0;
  };
  for (const piece of pieces) {
    for (let at = 0; at < piece.length; ) {
      const end = Math.min(piece.length, at + room - used);
      scratch.set(piece.subarray(at, end), used);
      used += end - at;
      at = end;
      if (used === room) flush();
    }
  }
  if (used > 0) flush();
}

/**
 * Encodes a vector through scratch memory into bytes of their own, so that they can be transferred to another thread.
 *
 * @returns the sum of what `encode` returned
 */
export function encodeStaged(
  out: Uint8Array,
  vector: Vector,
  { block, bytes }: Blocks,
  encode: (target: Vector, part: Vector, start: number) => number,
): number {
  const { staging } = vector.memory;
  const scratch = bytesOf(staging);
  const chunk = Math.floor(scratch.length / bytes(block)) * block;
  let sum = 0;
  let at = 0;
  for (let start = 0; start < vector.length; start += chunk) {
    const part = vector.slice(start, Math.min(start + chunk, vector.length));
    sum += encode(staging, part, start);
    const size = bytes(part.length);
    out.set(scratch.subarray(0, size), at);
    at += size;
  }
  return sum;
}

export function bytesOf(vector: Vector): Uint8Array {
  return new Uint8Array(vector.view.buffer, vector.offset, vector.length * 4);
}
