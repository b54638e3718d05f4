import type { Expressions } from '../../onnx/expressions.ts';
import type { LoweringTarget } from '../registry.ts';
import { tapsOf, type Window } from '../window.ts';

/** The tensors of a convolution's weight gradient: dW[o, c, tap] = sum over n, p of g[n, o, p] x[n, c, p * stride + tap]. */
export interface WeightGradient {
  /** [N, C, spatial…] */
  readonly input: string;
  /** [N, O, positions…] */
  readonly gradient: string;
  /** The weight, [O, C / groups, kernel…]; gives the shape. */
  readonly weight: string;
  readonly window: Window;
  readonly groups: number;
}

/**
 * The weight gradient of Conv, in the form that the shapes ask for. All run on every target; the rule is from
 * timings of ONNX Runtime's CPU provider (one thread, ms; 64 examples unless said):
 *
 * | input to outputs, kernel              | per tap | columns | convolution |
 * | 32 x 14 x 14 to 64, 3 x 3             | 12      | 15      | 24          |
 * | 16 x 28 x 28 to 32, 3 x 3             | 12      | 18      | 50          |
 * | 8 x 28 x 28 to 16, 3 x 3              | 5.1     | 6.5     | 13          |
 * | 1 x 28 x 28 to 32, 3 x 3              | 2.6     | 1.0     | 3.0         |
 * | 128 x 8 x 8 to 128, 3 x 3 (16)        | 10      | 14      | 19          |
 *
 * So: one product per tap where it is wide enough (8 channels) to run at full speed, else one product over columns.
 * WebGPU takes columns: its cost is the number of kernels started. The convolution over transposed tensors is for
 * large kernels, whose taps would fill the graph with nodes, and for symbolic sizes.
 */
export function convWeightGradient(e: Expressions, what: WeightGradient, target: LoweringTarget): string {
  const { input, gradient, weight, window, groups } = what;
  const known = [...e.dimsOf(input).slice(1), ...e.dimsOf(gradient).slice(1), ...e.dimsOf(weight)];
  const taps = tapsOf(window.kernel).length;
  if (taps > MOST_TAPS || !known.every((dim) => typeof dim === 'number')) return byConvolution(e, what);
  const channels = (e.dimsOf(input)[1] as number) / groups;
  return byTaps(e, what, target === 'webgpu' || channels < WIDE);
}

const MOST_TAPS = 64;
const WIDE = 8;

/**
 * im2col (Chellapilla, Puri, Simard 2006): one strided Slice per tap, multiplied with the gradient for each example,
 * summed over the batch.
 *
 * @param together the slices as columns of one product, or a product for each slice (no copy of them).
 */
function byTaps(
  e: Expressions,
  { input, gradient, weight, window, groups }: WeightGradient,
  together: boolean,
): string {
  const { kernel, begins, ends } = window;
  const sizes = e.dimsOf(gradient).slice(2) as number[];
  const channels = (e.dimsOf(input)[1] as number) / groups;
  const outputs = e.dimsOf(gradient)[1] as number;
  const positions = sizes.reduce((a, b) => a * b, 1);
  const taps = tapsOf(kernel);
  const padded = e.pad(input, [0, 0, ...begins, 0, 0, ...ends]);
  const columns = taps.map((tap) =>
    e.reshape(sliceOf(e, padded, tap, sizes, window), [-1, groups, channels, positions]),
  );
  // [N, G, positions, O / G]
  const g = e.transpose(e.reshape(gradient, [-1, groups, outputs / groups, positions]), [0, 1, 3, 2]);
  const product = (rows: string) => e.sum(e.op('MatMul', [rows, g]), [0], false);
  // [G, taps * C / G, O / G], tap-major: what Concat gives without interleaving.
  const stacked = together ? product(e.concat(columns, 2)) : e.concat(columns.map(product), 1);
  const perTap = e.reshape(stacked, [groups, taps.length, channels, outputs / groups]);
  return e.reshapeLike(e.transpose(perTap, [0, 3, 2, 1]), weight);
}

/** What one tap of the kernel reads at every position: [N, C, positions…]. */
function sliceOf(
  e: Expressions,
  padded: string,
  tap: readonly number[],
  sizes: readonly number[],
  { strides, dilations }: Window,
): string {
  const starts = tap.map((t, k) => t * dilations[k]!);
  const stops = starts.map((start, k) => start + (sizes[k]! - 1) * strides[k]! + 1);
  const extents = e.dimsOf(padded).slice(2);
  const whole = starts.every((start, k) => start === 0 && stops[k] === extents[k] && strides[k] === 1);
  const axes = tap.map((_, k) => k + 2);
  return whole ? padded : e.slice(padded, starts, stops, axes, strides);
}

/** A convolution of the input, batch as channels, with the gradient as its kernel; strides and dilations trade places. */
function byConvolution(e: Expressions, { input, gradient, weight, window, groups }: WeightGradient): string {
  const { kernel, strides, dilations, begins, ends } = window;
  const spatial = kernel.map((_, k) => k + 2);
  let x = input;
  let g = gradient;
  if (groups === 1) {
    x = e.transpose(x, [1, 0, ...spatial]);
    g = e.transpose(g, [1, 0, ...spatial]);
  } else {
    x = splitGroups(e, x, groups, [2, 1, 0], false);
    g = splitGroups(e, g, groups, [1, 2, 0], true);
  }
  const result = e.op('Conv', [x, g], {
    strides: dilations,
    dilations: strides,
    pads: [...begins, ...ends],
    group: groups,
  });
  // [C / groups, O, at least the kernel]: positions that the stride skipped at the end give taps too many.
  const swapped = e.transpose(result, [1, 0, ...spatial]);
  const size = e.dimsOf(swapped).slice(2);
  const cut = size.every((dim, k) => dim === kernel[k])
    ? swapped
    : e.slice(
        swapped,
        kernel.map(() => 0),
        kernel,
        spatial,
      );
  return e.reshapeLike(cut, weight);
}

/** [N, G * M, spatial…] with its first three axes (N, G, M) permuted and the first or last two of them merged. */
function splitGroups(
  e: Expressions,
  value: string,
  groups: number,
  permutation: readonly number[],
  mergeFirst: boolean,
): string {
  const dims = e.dimsOf(value);
  const each = (dims[1] as number) / groups;
  const rest = dims.slice(2).map((_, k) => e.dim(value, k + 2));
  const shaped = (of: string, first: readonly number[]) =>
    e.op('Reshape', [of, e.concat([e.ints(first), ...rest], 0)]);
  const split = shaped(value, [-1, groups, each]);
  const moved = e.transpose(split, [...permutation, ...rest.map((_, k) => k + 3)]);
  // (M, G, N) -> [M, G * N]: group-major channels; (G, M, N) -> [G * M, N].
  return shaped(moved, mergeFirst ? [groups * each, -1] : [each, -1]);
}
