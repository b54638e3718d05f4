import type { Expressions } from '../../onnx/expressions.ts';
import type { WeightGradient } from './conv-weight.ts';

/**
 * A convolution of the input, batch as channels, with the gradient as its kernel; strides and dilations trade places. For
 * large kernels, whose taps would fill the graph with nodes, small depthwise ones, and symbolic sizes.
 */
export function weightByConvolution(
  e: Expressions,
  { input, gradient, weight, window, groups }: WeightGradient,
): string {
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
