import type { Dim, Node } from '../onnx/model.ts';
import { intsOf, stringOf } from './attributes.ts';
import { MissingGradientError } from './errors.ts';

/** How a window slides over the spatial axes: everything by axis, auto_pad resolved. */
export interface Window {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  readonly begins: readonly number[];
  readonly ends: readonly number[];
}

/** The attributes of Conv and the pools, with what auto_pad means for this input (opset 11 and later). */
export function windowOf(node: Node, input: readonly Dim[], kernel: readonly number[]): Window {
  const rank = kernel.length;
  const spatial = input.slice(2);
  const strides = intsOf(node, 'strides') ?? kernel.map(() => 1);
  const dilations = intsOf(node, 'dilations') ?? kernel.map(() => 1);
  const mode = stringOf(node, 'auto_pad', 'NOTSET');
  if (mode === 'SAME_UPPER' || mode === 'SAME_LOWER') {
    const totals = kernel.map((k, axis) => {
      const extent = (k - 1) * dilations[axis]! + 1;
      const stride = strides[axis]!;
      if (stride === 1) return extent - 1;
      const size = spatial[axis];
      if (typeof size !== 'number') {
        throw new MissingGradientError(
          node,
          `auto_pad ${mode} with stride ${stride} depends on the size of axis ${axis + 2}, which is symbolic ` +
            `('${size}'). Give the input a fixed size, or write the pads out.`,
        );
      }
      return Math.max(0, (Math.ceil(size / stride) - 1) * stride + extent - size);
    });
    const small = totals.map((total) => Math.floor(total / 2));
    const large = totals.map((total, axis) => total - small[axis]!);
    const upper = mode === 'SAME_UPPER';
    return { kernel, strides, dilations, begins: upper ? small : large, ends: upper ? large : small };
  }
  const pads = (mode === 'VALID' ? undefined : intsOf(node, 'pads')) ?? new Array<number>(2 * rank).fill(0);
  return { kernel, strides, dilations, begins: pads.slice(0, rank), ends: pads.slice(rank) };
}

/** The attributes of ConvTranspose; `output_shape` and auto_pad say the output and leave the pads to follow. */
export function transposedWindowOf(
  node: Node,
  input: readonly Dim[],
  output: readonly Dim[],
  kernel: readonly number[],
): Window {
  const rank = kernel.length;
  const strides = intsOf(node, 'strides') ?? kernel.map(() => 1);
  const dilations = intsOf(node, 'dilations') ?? kernel.map(() => 1);
  const mode = stringOf(node, 'auto_pad', 'NOTSET');
  const explicit = intsOf(node, 'output_shape');
  if (explicit === undefined && (mode === 'NOTSET' || mode === 'VALID')) {
    const pads = (mode === 'VALID' ? undefined : intsOf(node, 'pads')) ?? new Array<number>(2 * rank).fill(0);
    return { kernel, strides, dilations, begins: pads.slice(0, rank), ends: pads.slice(rank) };
  }
  const outputPadding = intsOf(node, 'output_padding') ?? kernel.map(() => 0);
  const totals = kernel.map((k, axis) => {
    const from = input[axis + 2];
    const to = output[axis + 2];
    if (typeof from !== 'number' || typeof to !== 'number') {
      throw new MissingGradientError(
        node,
        `its pads follow from the sizes of axis ${axis + 2}, which are symbolic. Give the input a fixed size.`,
      );
    }
    return Math.max(
      0,
      strides[axis]! * (from - 1) + outputPadding[axis]! + (k - 1) * dilations[axis]! + 1 - to,
    );
  });
  const half = totals.map((total) => Math.floor(total / 2));
  const rest = totals.map((total, axis) => total - half[axis]!);
  const upper = mode === 'SAME_UPPER';
  return { kernel, strides, dilations, begins: upper ? half : rest, ends: upper ? rest : half };
}

/** All taps of a kernel, row-major: [0,0], [0,1], … */
export function tapsOf(kernel: readonly number[]): number[][] {
  return kernel.reduce<number[][]>(
    (taps, size) => taps.flatMap((tap) => Array.from({ length: size }, (_, k) => [...tap, k])),
    [[]],
  );
}

/** The sizes of the spatial axes where all are known. */
export function spatialOf(dims: readonly Dim[]): number[] | undefined {
  const spatial = dims.slice(2);
  return spatial.every((dim) => typeof dim === 'number') ? spatial : undefined;
}
