import type { Expressions } from '../../onnx/expressions.ts';
import { tapsOf, type Window } from '../window.ts';

/**
 * What each tap of a window reads at every position, as slices of the input, padded.
 *
 * @param value its spatial axes begin at `first`: 2 for [N, C, spatial…], 1 for [C, spatial…, N]
 * @param sizes of the result's spatial axes
 */
export function tapSlices(
  e: Expressions,
  value: string,
  { kernel, strides, dilations, begins, ends }: Window,
  sizes: readonly number[],
  first: 1 | 2,
): string[] {
  const around = (pads: readonly number[]) => (first === 2 ? [0, 0, ...pads] : [0, ...pads, 0]);
  const padded = e.pad(value, [...around(begins), ...around(ends)]);
  const axes = kernel.map((_, k) => k + first);
  const extents = e.dimsOf(padded).slice(first, first + kernel.length);
  return tapsOf(kernel).map((tap) => {
    const starts = tap.map((t, k) => t * dilations[k]!);
    const stops = starts.map((start, k) => start + (sizes[k]! - 1) * strides[k]! + 1);
    const whole = starts.every((start, k) => start === 0 && stops[k] === extents[k] && strides[k] === 1);
    return whole ? padded : e.slice(padded, starts, stops, axes, strides);
  });
}

/** [N, C, spatial…] as [C, spatial…, N]: one transposed matrix, and whatever cuts its spatial axes copies whole batches. */
export function batchLast(e: Expressions, value: string): string {
  const rank = e.dimsOf(value).length;
  return e.transpose(value, [...Array.from({ length: rank - 1 }, (_, k) => k + 1), 0]);
}

/** The reverse of `batchLast`. */
export function batchFirst(e: Expressions, value: string): string {
  const rank = e.dimsOf(value).length;
  return e.transpose(value, [rank - 1, ...Array.from({ length: rank - 1 }, (_, k) => k)]);
}

/**
 * The columns of a convolution (im2col: Chellapilla, Puri, Simard 2006), [groups, C / groups * taps, positions * N]: rows
 * in the order of the weight's elements.
 */
export function columnsOf(
  e: Expressions,
  input: string,
  window: Window,
  sizes: readonly number[],
  groups: number,
): string {
  const channels = e.dimsOf(input)[1] as number;
  const taps = tapSlices(e, batchLast(e, input), window, sizes, 1).map((tap) =>
    e.reshape(tap, [channels, 1, -1]),
  );
  const rows = (channels / groups) * taps.length;
  return e.reshape(e.concat(taps, 1), groups === 1 ? [rows, -1] : [groups, rows, -1]);
}
