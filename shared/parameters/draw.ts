import { DOMAIN, philoxKey } from './philox.ts';
import { scratchMemory } from './scratch.ts';

/**
 * Fills an array with numbers uniform in [-bound, bound): the bits of `(2 * random.next() - 1) * bound` for the stream
 * `createRandom(seed)`, many times as fast.
 *
 * @param start numbers of the stream before the first of the array
 */
export function drawUniform(values: Float32Array, seed: number, bound: number, start = 0): void {
  const { kernels, staging } = scratchMemory();
  const key = philoxKey(seed, DOMAIN.stream);
  inBlocks(values, start, (first, blocks) => {
    kernels.drawUniform(staging, key, first, blocks, bound);
    return 2 * blocks;
  });
}

/**
 * Fills an array with N(0, deviation²) by Box and Muller (1958), one pair from each block of the stream
 * `createRandom(seed)`. What is farther out than `cut` standard deviations is drawn again.
 *
 * @param start numbers of the stream before the first of the array; 0 with a cut, which leaves some out
 */
export function drawNormals(
  values: Float32Array,
  seed: number,
  deviation: number,
  cut = Number.POSITIVE_INFINITY,
  start = 0,
): void {
  const { kernels, staging } = scratchMemory();
  const key = philoxKey(seed, DOMAIN.stream);
  inBlocks(values, start, (first, blocks) =>
    kernels.drawNormals(staging, key, first, blocks, deviation, cut),
  );
}

/** Draws from block after block, two numbers each, until the array is full; `draw` says how many it left in the staging vector. */
function inBlocks(
  values: Float32Array,
  start: number,
  draw: (first: number, blocks: number) => number,
): void {
  const { staging } = scratchMemory();
  let first = Math.floor(start / 2);
  let skipped = start % 2;
  for (let filled = 0; filled < values.length; ) {
    const left = values.length - filled + skipped;
    // Kernels take blocks by fours; what is too many at the end is not copied.
    const blocks = Math.min(staging.length / 4, Math.ceil(left / 8) * 4);
    const drawn = Math.min(draw(first, blocks), left);
    values.set(staging.view.subarray(skipped, drawn), filled);
    filled += drawn - skipped;
    skipped = 0;
    first += blocks;
  }
}
