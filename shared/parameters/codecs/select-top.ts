import { MAGNITUDES } from '../codec-kernels.ts';
import type { Vector } from '../memory.ts';

const MAGNITUDE = 0x7fffffff;

/**
 * Where the k numbers of the largest magnitude are, in ascending order; of equal ones those that come first. Linear: a positive
 * float's bits order as the float does, so a histogram of the upper 11 bits leaves one bin in doubt, and two more of its
 * candidates decide (radix selection).
 *
 * @returns positions in the stretches as if they lay one behind the other
 */
export function selectTop(parts: readonly Vector[], k: number): Uint32Array {
  const counts = countMagnitudes(parts);
  const { bin, above } = binOf(counts, k);
  const found = gather(parts, bin, above + counts[bin]!);
  // What is above the bin is taken; of the bin, what is above the threshold, and then equals.
  const inBin = found.magnitudes.filter((magnitude) => magnitude >>> 20 === bin);
  const { threshold, equals } = thresholdOf(inBin, k - above);
  const taken = new Uint32Array(k);
  let left = equals;
  let count = 0;
  for (let i = 0; i < found.positions.length; i++) {
    const magnitude = found.magnitudes[i]!;
    if (magnitude < threshold || (magnitude === threshold && left-- <= 0)) continue;
    taken[count++] = found.positions[i]!;
  }
  return taken;
}

function countMagnitudes(parts: readonly Vector[]): Uint32Array {
  const counts = new Uint32Array(MAGNITUDES);
  for (const part of parts) {
    const table = part.memory.staging.slice(0, 2 * MAGNITUDES);
    const view = new Uint32Array(table.view.buffer, table.offset, table.length);
    view.fill(0);
    part.memory.kernels.codecs.countMagnitudes(table, part);
    for (let bin = 0; bin < MAGNITUDES; bin++) counts[bin]! += view[bin]! + view[MAGNITUDES + bin]!;
  }
  return counts;
}

/** The bin in which the k-th largest is, and how many are in those above. */
function binOf(counts: Uint32Array, k: number): { readonly bin: number; readonly above: number } {
  let above = 0;
  let bin = counts.length - 1;
  while (bin > 0 && above + counts[bin]! < k) above += counts[bin--]!;
  return { bin, above };
}

/** All numbers of this bin and those above. */
function gather(
  parts: readonly Vector[],
  bin: number,
  count: number,
): { readonly positions: Uint32Array; readonly magnitudes: Uint32Array } {
  const positions = new Uint32Array(count);
  const magnitudes = new Uint32Array(count);
  const least = bin << 20;
  let at = 0;
  let base = 0;
  for (const part of parts) {
    const bits = new Uint32Array(part.view.buffer, part.offset, part.length);
    for (let i = 0; i < bits.length; i++) {
      const magnitude = bits[i]! & MAGNITUDE;
      if (magnitude < least) continue;
      positions[at] = base + i;
      magnitudes[at++] = magnitude;
    }
    base += part.length;
  }
  return { positions, magnitudes };
}

/** The k-th largest of magnitudes that agree in their upper 11 bits, and how many equal to it are among the k. */
function thresholdOf(
  magnitudes: Uint32Array,
  k: number,
): { readonly threshold: number; readonly equals: number } {
  let candidates = magnitudes;
  let left = k;
  for (const shift of [10, 0]) {
    const counts = new Uint32Array(1024);
    for (const magnitude of candidates) counts[(magnitude >>> shift) & 1023]! += 1;
    const { bin, above } = binOf(counts, left);
    left -= above;
    candidates = candidates.filter((magnitude) => ((magnitude >>> shift) & 1023) === bin);
  }
  return { threshold: candidates[0] ?? 0, equals: left };
}
