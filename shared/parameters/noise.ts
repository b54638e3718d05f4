import type { Vector } from './memory.ts';
import { DOMAIN, philoxKey } from './philox.ts';
import { scratchMemory } from './scratch.ts';

/** Which noise: nothing here depends on how examples are split over batches or members. */
export interface NoiseKey {
  readonly seed: number;
  readonly epoch: number;
  /** Identity of each row's example within the data set, below 2^32. */
  readonly examples: ArrayLike<number>;
  /** The place in the model that uses it (NoiseInput.place). */
  readonly place: number;
}

/**
 * Fills a batch's noise, uniform in [0, 1) with 24 bits: row r belongs to example `examples[r]`, whatever batch it is
 * in (Philox4x32-10 with counter (i/4, example, epoch, place) under the seed).
 *
 * @param target [examples.length, …], a vector or any other array; the same bits either way.
 * @throws RangeError when the target's length is not a multiple of the number of examples.
 */
export function fillNoise(target: Vector | Float32Array, key: NoiseKey): void {
  const { examples, epoch, place } = key;
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
      fillThroughScratch(target.subarray(start, start + size), philox, [example, epoch, place]);
    } else {
      const out = target.slice(start, start + size);
      target.memory.kernels.uniform(out, philox, [0, example, epoch, place]);
    }
  }
}

function fillThroughScratch(
  row: Float32Array,
  key: readonly [number, number],
  counter: readonly [number, number, number],
): void {
  const { kernels, staging } = scratchMemory();
  for (let start = 0; start < row.length; start += staging.length) {
    const part = staging.slice(0, Math.min(staging.length, row.length - start));
    kernels.uniform(part, key, [start / 4, ...counter]);
    row.set(part.view, start);
  }
}
