import { DOMAIN, philox4x32, philoxKey } from './philox.ts';
import type { Vector } from './vector.ts';

/** What noise depends on, beside the example: nothing of how examples are split over batches or members. */
export interface NoiseKey {
  readonly seed: number;
  readonly epoch: number;
  /** The place in the model that uses it (NoiseInput.place). */
  readonly place: number;
}

/**
 * Fills a batch's noise, uniform in [0, 1) with 24 bits: row r belongs to example `examples[r]`, whatever batch it is
 * in (Philox4x32-10 with counter (i/4, example, epoch, place) under the seed).
 *
 * @param target [examples.length, …]: a vector (by SIMD kernel), or any Float32Array (the same bits, more slowly).
 * @param examples identity of each row's example within the data set, each below 2^32.
 * @throws RangeError when the target's length is not a multiple of the number of examples.
 */
export function fillNoise(target: Vector | Float32Array, key: NoiseKey, examples: ArrayLike<number>): void {
  if (examples.length === 0 && target.length === 0) return;
  const size = target.length / examples.length;
  if (!Number.isInteger(size)) {
    throw new RangeError(`Noise: ${target.length} numbers do not divide into ${examples.length} examples.`);
  }
  const philox = philoxKey(key.seed, DOMAIN.noise);
  for (let row = 0; row < examples.length; row++) {
    const start = row * size;
    const example = examples[row]!;
    if (target instanceof Float32Array) {
      fillRow(target.subarray(start, start + size), philox, example, key);
    } else {
      const out = target.slice(start, start + size);
      target.memory.kernels.uniform(out, philox, example, key.epoch, key.place);
    }
  }
}

function fillRow(
  row: Float32Array,
  philox: readonly [number, number],
  example: number,
  { epoch, place }: NoiseKey,
): void {
  const words = new Uint32Array(4);
  for (let i = 0; i < row.length; i++) {
    if (i % 4 === 0) philox4x32(words, philox, [i / 4, example, epoch, place]);
    row[i] = (words[i % 4]! >>> 8) * 2 ** -24;
  }
}
