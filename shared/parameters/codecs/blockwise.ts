import type { Vector } from '../memory.ts';
import { slicePieces } from '../pieces.ts';
import { beyondRange } from './codec-error.ts';
import { type Blocks, encodeStaged, throughStaging } from './staged.ts';
import { NOT_FINITE, type UpdateCodecRow } from './update-codec.ts';

/** What randomness an encoding may draw on. */
export interface Draw {
  readonly seed: number;
  /** Which of the stretches of the vector. */
  readonly part: number;
  /** Where in it the encoding starts: a multiple of the block. */
  readonly start: number;
}

/** An encoding of blocks by kernels on memory; the encoded bytes lie in the bytes of a vector. */
export interface BlockCodec extends Blocks {
  /** What it can hold, in words. */
  readonly range: string;
  /** @returns how many finite numbers became infinite */
  encode(target: Vector, x: Vector, draw: Draw): number;
  /** acc += weight · decoded(source) */
  add(acc: Vector, weight: number, source: Vector): void;
  isFinite(source: Vector, count: number): boolean;
}

/** Each stretch of the vector by itself, block by block. */
export function blockwise(codec: BlockCodec): UpdateCodecRow {
  return {
    size: (lengths) => lengths.reduce((sum, length) => sum + codec.bytes(length), 0),
    encode(parts, { seed = 0 }) {
      const out = new Uint8Array(parts.reduce((sum, part) => sum + codec.bytes(part.length), 0));
      const floats = parts.reduce((sum, part) => sum + part.length, 0);
      let at = 0;
      let overflow = 0;
      for (const [index, part] of parts.entries()) {
        const size = codec.bytes(part.length);
        overflow += encodeStaged(out.subarray(at, at + size), part, codec, (target, x, start) =>
          codec.encode(target, x, { seed, part: index, start }),
        );
        at += size;
      }
      if (overflow > 0) throw beyondRange(overflow, floats, codec.range);
      return out;
    },
    fault(parts, bytes) {
      let at = 0;
      let finite = true;
      for (const part of parts) {
        const size = codec.bytes(part.length);
        throughStaging(
          part.memory.staging,
          slicePieces(bytes, at, at + size),
          codec,
          part.length,
          (staged, _, count) => {
            finite &&= codec.isFinite(staged, count);
          },
        );
        at += size;
      }
      return finite ? undefined : NOT_FINITE;
    },
    add(targets, bytes) {
      let at = 0;
      for (const { vector, weight } of targets) {
        const size = codec.bytes(vector.length);
        throughStaging(
          vector.memory.staging,
          slicePieces(bytes, at, at + size),
          codec,
          vector.length,
          (staged, start, count) => codec.add(vector.slice(start, start + count), weight, staged),
        );
        at += size;
      }
    },
  };
}
