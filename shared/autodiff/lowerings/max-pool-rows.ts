import { type ExpandRow, expansion } from '../../onnx/expand/context.ts';
import type { Expressions } from '../../onnx/expressions.ts';
import type { Dim, Node, ValueType } from '../../onnx/model.ts';
import { intsOf, stringOf } from '../attributes.ts';
import { spatialOf, type Window, windowOf } from '../window.ts';

/** Longer rows take more arithmetic than their selection is worth. */
const LONGEST_ROW = 128;

/** The windows of a MaxPool over a known size; undefined where auto_pad has its say. */
export function plainWindowOf(node: Node, dims: readonly Dim[]): Window | undefined {
  const kernel = intsOf(node, 'kernel_shape') ?? [];
  return spatialOf(dims) && stringOf(node, 'auto_pad', 'NOTSET') === 'NOTSET'
    ? windowOf(node, dims, kernel)
    : undefined;
}

/** Whether `maxPoolByRows` covers the windows: side by side, and all of the image is in one. */
export function canPoolByRows({ type, dims }: ValueType, window: Window): boolean {
  const { kernel, strides, dilations, begins, ends } = window;
  const [channels, ...sizes] = dims.slice(1) as readonly number[];
  return (
    type === 'float32' &&
    kernel.length === 2 &&
    typeof channels === 'number' &&
    sizes[1]! <= LONGEST_ROW &&
    kernel.every(
      (size, k) =>
        size > 0 &&
        sizes[k]! > 0 &&
        sizes[k]! % size === 0 &&
        strides[k] === size &&
        dilations[k] === 1 &&
        begins[k] === 0 &&
        ends[k] === 0,
    )
  );
}

/**
 * Such a pooling with every channel an image of its own. It is the same to the CPU provider, but not to the pass that
 * lays images of 16 channels out in blocks for it: around a pooling alone that costs more than the pooling takes.
 */
export const poolingByRows: ExpandRow = expansion(
  'MaxPool',
  '',
  'windows side by side: every channel an image of its own (CPU)',
  (c) => {
    const window = plainWindowOf(c.node, c.dims(0));
    if (window === undefined || c.wants(1) || !canPoolByRows(c.typeOf(c.input(0)), window)) return undefined;
    const [, channels, height, width] = c.dims(0) as readonly number[];
    const [kh, kw] = window.kernel as readonly [number, number];
    const apart = c.e.reshape(c.input(0), [-1, 1, height!, width!]);
    const pooled = c.e.op('MaxPool', [apart], c.node.attributes);
    return [c.e.reshape(pooled, [-1, channels!, height! / kh, width! / kw])];
  },
);

/**
 * The gradient of MaxPool without its indices, which ONNX Runtime's CPU provider finds number by number, with a branch
 * for each: the last axis first, then the one before it, so that ties still go to the first in row-major order. What
 * a tap reads of a row is a product with a matrix of zeros and ones (exact: the sum of one number and zeros, which
 * have to be finite), and so is the way back. Rows of a window lie side by side as they are. Comparisons are numbers, 1
 * where equal: Equal and Where take three times as long.
 *
 * @param x [N, C, kh H, kw W]
 * @param y [N, C, H, W], as is g
 */
export function maxPoolByRows(
  e: Expressions,
  { x, y, g, kernel }: { x: string; y: string; g: string; kernel: readonly number[] },
): string {
  const [kh, kw] = kernel as readonly [number, number];
  const count = e.dimsOf(y).at(-1) as number;
  // Zero times infinity, which masks are made of, would be NaN all over the row.
  const [from, to] = isKnownFinite(e, x) ? [x, y] : [bounded(e, x), bounded(e, y)];
  const rows = e.reshape(from, [-1, kw * count]);
  const taps = Array.from({ length: kw }, (_, tap) => e.op('Gemm', [rows, selection(e, kw, count, tap)]));
  // [rows, W], the largest of each row's part in a window; the rows of one window side by side: [windows' rows, kh W].
  const best = taps.length === 1 ? taps[0]! : e.op('Max', taps);
  const parts =
    kh === 1
      ? [best]
      : e.multi('Split', [e.reshape(best, [-1, kh * count])], kh, { axis: 1, num_outputs: kh });
  const perRow = firstWins(e, parts, e.reshape(to, [-1, count]), e.reshape(g, [-1, count]));
  const shares = firstWins(e, taps, best, e.reshape(e.concat(perRow, 1), [-1, count]));
  return e.reshapeLike(e.op('Gemm', [e.concat(shares, 1), interleaving(e, kw, count)]), x);
}

/** Whether a convolution made it, which is finite for all that can be trained on. */
function isKnownFinite(e: Expressions, value: string): boolean {
  let maker = e.builder.producer(value);
  while (maker !== undefined && PASSING.has(maker.op)) maker = e.builder.producer(maker.inputs[0]!);
  return maker?.op === 'Conv' || maker?.op === 'BatchNormalization';
}

/** What gives the numbers that it is given, or zero. */
const PASSING = new Set(['Reshape', 'Relu', 'Identity']);

const LARGEST = 3.4028234663852886e38;

function bounded(e: Expressions, value: string): string {
  return e.op('Clip', [value, e.scalar(-LARGEST, 'float32'), e.scalar(LARGEST, 'float32')]);
}

/** The shares of `g` that parts of windows take: all of it goes to the first that equals the maximum. */
function firstWins(e: Expressions, parts: readonly string[], maximum: string, g: string): string[] {
  let rest = g;
  return parts.map((part, k) => {
    if (k === parts.length - 1) return rest;
    // Below the maximum by the least normal number is below -1 already, times 3e38.
    const isMaximum = e.op('HardSigmoid', [e.sub(part, maximum)], { alpha: 3e38, beta: 1 });
    const share = e.mul(rest, isMaximum);
    rest = e.sub(rest, share);
    return share;
  });
}

/** [kw W, W]: the element that a tap reads, by window. */
function selection(e: Expressions, kw: number, count: number, tap: number): string {
  const data = new Float32Array(kw * count * count);
  for (let window = 0; window < count; window++) data[(window * kw + tap) * count + window] = 1;
  return e.constant({ type: 'float32', dims: [kw * count, count], data });
}

/** [kw W, kw W]: from windows by tap, tap after tap, to the elements as they lie. */
function interleaving(e: Expressions, kw: number, count: number): string {
  const width = kw * count;
  const data = new Float32Array(width * width);
  for (let tap = 0; tap < kw; tap++) {
    for (let window = 0; window < count; window++) {
      data[(tap * count + window) * width + window * kw + tap] = 1;
    }
  }
  return e.constant({ type: 'float32', dims: [width, width], data });
}
