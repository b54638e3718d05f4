import type { Expressions } from '../../onnx/expressions.ts';
import { tapsOf, type Window } from '../window.ts';
import { spread } from './spread.ts';

/** Below every finite number, or the least of them; an infinity would make NaN where a lowering multiplies it. */
const LOWEST = { float16: -65504, others: -3.4e38 };

/**
 * By the indices that MaxPool can give (flat positions in its input). CPU and WASM only: the WebGPU provider has
 * neither the Indices output nor MaxUnpool.
 *
 * @param apart whether windows share no element. Then MaxUnpool, which writes, will do (1.8 against 3.9 ms for
 *   64 x 32 x 28 x 28, one thread); else ScatterElements, which adds.
 */
export function maxPoolByIndices(
  e: Expressions,
  g: string,
  indices: string,
  x: string,
  apart: boolean,
): string {
  const dims = e.dimsOf(x);
  const kernel = dims.slice(2).map(() => 1);
  // Neither adds float16, and MaxUnpool no float64 either.
  const { type } = e.typeOf(g);
  if (type === 'float16') {
    return e.cast(maxPoolByIndices(e, e.cast(g, 'float32'), indices, x, apart), type);
  }
  // It reads the size it is to make from a third input.
  if (apart && type === 'float32') {
    return e.op('MaxUnpool', [g, indices, e.shape(x)], { kernel_shape: kernel });
  }
  const size = e.op('ReduceProd', [e.shape(x)], { keepdims: 1 });
  const zeros = e.op('Expand', [e.scalar(0, type), size]);
  const flat = e.op('ScatterElements', [zeros, e.reshape(indices, [-1]), e.reshape(g, [-1])], {
    axis: 0,
    reduction: 'add',
  });
  return e.reshapeLike(flat, x);
}

/**
 * Without indices: for every tap of the window, compare the input with the maximum; the first tap that attains it
 * takes the gradient. Slices, comparisons and pads only, so it runs on every target.
 *
 * @param sizes of the input's spatial axes.
 */
export function maxPoolByTaps(
  e: Expressions,
  { x, y, g, window, sizes }: { x: string; y: string; g: string; window: Window; sizes: readonly number[] },
): string {
  const { kernel, strides, dilations, begins } = window;
  const axes = kernel.map((_, k) => k + 2);
  const counts = e.dimsOf(y).slice(2) as number[];
  // What the windows reach over; less or more than the pads say where the division left a rest (ceil_mode).
  const reach = counts.map((count, k) => (count - 1) * strides[k]! + (kernel[k]! - 1) * dilations[k]! + 1);
  const ends = reach.map((r, k) => Math.max(0, r - begins[k]! - sizes[k]!));
  const lowest = e.typeOf(x).type === 'float16' ? LOWEST.float16 : LOWEST.others;
  const padded = e.pad(x, [0, 0, ...begins, 0, 0, ...ends], lowest);
  const extent = sizes.map((size, k) => size + begins[k]! + ends[k]!);
  const taps = tapsOf(kernel);
  let rest = g;
  const shares = taps.map((tap, index) => {
    if (index === taps.length - 1) return rest;
    const starts = tap.map((t, k) => t * dilations[k]!);
    const stops = starts.map((start, k) => start + (counts[k]! - 1) * strides[k]! + 1);
    const hit = e.equal(e.slice(padded, starts, stops, axes, strides), y);
    const share = e.where(hit, rest, 0);
    rest = e.where(hit, 0, rest);
    return share;
  });
  const total = tiles(window)
    ? interleave(e, shares, kernel, counts)
    : shares
        .map((share, k) =>
          spread(
            e,
            share,
            axes,
            taps[k]!.map((t, axis) => t * dilations[axis]!),
            strides,
            extent,
          ),
        )
        .reduce((sum, next) => e.add(sum, next));
  const covered = tiles(window) ? reach : extent;
  const crop = sizes.map((size, k) => size + begins[k]! - covered[k]!);
  return e.pad(total, [0, 0, ...begins.map((b) => (b === 0 ? 0 : -b)), 0, 0, ...crop]);
}

/** Windows that lie side by side: every input position belongs to one of them. */
function tiles({ kernel, strides, dilations }: Window): boolean {
  return kernel.every((size, k) => strides[k] === size && dilations[k] === 1);
}

/** One value per tap and window to the tensor they tile: [..., a, kh, b, kw] read as [..., a kh, b kw]. */
function interleave(
  e: Expressions,
  shares: readonly string[],
  kernel: readonly number[],
  counts: readonly number[],
): string {
  if (shares.length === 1) return shares[0]!;
  const rank = kernel.length;
  const channels = e.dimsOf(shares[0]!)[1] as number;
  // Stacked at the end, the taps are the last `rank` axes; each then moves behind its spatial axis.
  const stacked = e.concat(
    shares.map((share) => e.unsqueeze(share, [2 + rank])),
    2 + rank,
  );
  const split = e.reshape(stacked, [-1, channels, ...counts, ...kernel]);
  const permutation = [0, 1, ...kernel.flatMap((_, k) => [2 + k, 2 + rank + k])];
  return e.reshape(e.transpose(split, permutation), [-1, channels, ...counts.map((n, k) => n * kernel[k]!)]);
}
