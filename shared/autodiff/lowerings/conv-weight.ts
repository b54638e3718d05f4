import type { Expressions } from '../expressions.ts';
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

/** The weight gradient of Conv, in the form that the shapes ask for; both run on every target. */
export function convWeightGradient(e: Expressions, what: WeightGradient, target: LoweringTarget): string {
  return prefersColumns(e, what, target) ? byColumns(e, what) : byConvolution(e, what);
}

/**
 * The cost rule. Columns copy the input once per tap and then run one dense MatMul per example; the convolution
 * over transposed tensors copies twice, but its kernel is as large as the output, which im2col inside the engine
 * blows up by the number of taps as well. So: columns unless the copies outweigh the products (few input
 * channels per group times few output channels) or spatial sizes are unknown.
 */
function prefersColumns(
  e: Expressions,
  { input, gradient, weight, window }: WeightGradient,
  _target: LoweringTarget,
): boolean {
  const known = [...e.dimsOf(input).slice(1), ...e.dimsOf(gradient).slice(1), ...e.dimsOf(weight)];
  if (!known.every((dim) => typeof dim === 'number')) return false;
  return tapsOf(window.kernel).length <= 64;
}

/** im2col (Chellapilla, Puri, Simard 2006): one strided Slice per tap, batched MatMul, sum over the batch. */
function byColumns(e: Expressions, { input, gradient, weight, window, groups }: WeightGradient): string {
  const { kernel, strides, dilations, begins, ends } = window;
  const axes = kernel.map((_, k) => k + 2);
  const sizes = e.dimsOf(gradient).slice(2) as number[];
  const channels = e.dimsOf(input)[1] as number;
  const outputs = e.dimsOf(gradient)[1] as number;
  const positions = sizes.reduce((a, b) => a * b, 1);
  const taps = tapsOf(kernel);
  const padded = e.pad(input, [0, 0, ...begins, 0, 0, ...ends]);
  const columns = taps.map((tap) => {
    const starts = tap.map((t, k) => t * dilations[k]!);
    const stops = starts.map((start, k) => start + (sizes[k]! - 1) * strides[k]! + 1);
    const whole = (e.dimsOf(padded).slice(2) as number[]).every(
      (size, k) => starts[k] === 0 && stops[k] === size,
    );
    const slice =
      whole && strides.every((s) => s === 1) ? padded : e.slice(padded, starts, stops, axes, strides);
    return e.reshape(slice, [-1, groups, channels / groups, positions]);
  });
  // [N, G, taps * C/G, positions], tap-major: what Concat gives without interleaving.
  const stacked = e.concat(columns, 2);
  const g = e.reshape(gradient, [-1, groups, outputs / groups, positions]);
  const perExample = e.op('MatMul', [g, e.transpose(stacked, [0, 1, 3, 2])]);
  const summed = e.sum(perExample, [0], false);
  const perTap = e.reshape(summed, [outputs, taps.length, channels / groups]);
  return e.reshapeLike(e.transpose(perTap, [0, 2, 1]), weight);
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
  const rest = dims.slice(2) as number[];
  const split = e.reshape(value, [-1, groups, each, ...rest]);
  const moved = e.transpose(split, [...permutation, ...rest.map((_, k) => k + 3)]);
  // (M, G, N) -> [M, G * N]: group-major channels; (G, M, N) -> [G * M, N].
  return mergeFirst ? e.reshape(moved, [groups * each, -1, ...rest]) : e.reshape(moved, [each, -1, ...rest]);
}
