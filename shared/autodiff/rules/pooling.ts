import { intsOf, numberOf } from '../attributes.ts';
import { MissingGradientError } from '../errors.ts';
import { maxPoolByIndices, maxPoolByTaps } from '../lowerings/max-pool.ts';
import { gradientOf, type RuleContext, type RuleRow, rule } from '../registry.ts';
import { spatialOf, tapsOf, type Window, windowOf } from '../window.ts';
import { shareOfExtremes } from './reductions.ts';

export const poolingRules: readonly RuleRow[] = [
  rule(
    'MaxPool',
    'to the first maximum; ScatterElements by its indices, or comparisons per tap on WebGPU',
    maxPool,
  ),
  rule('MaxUnpool', 'GatherElements by the indices', (c) => {
    const { e } = c;
    const indices = c.inputs[1]!;
    const flat = e.op('GatherElements', [e.reshape(gradientOf(c), [-1]), e.reshape(indices, [-1])], {
      axis: 0,
    });
    return [e.reshapeLike(flat, c.inputs[0]!)];
  }),
  rule('AveragePool', 'ConvTranspose with a kernel of ones over g / count', averagePool),
  rule('GlobalAveragePool', 'g / positions', (c) => {
    const { e } = c;
    const x = c.inputs[0]!;
    const share = e.div(gradientOf(c), e.count(x, spatialAxes(c, x), e.typeOf(x).type));
    return [e.expandLike(share, x)];
  }),
  rule('GlobalMaxPool', 'shared evenly by the positions that attain the maximum', (c) => [
    shareOfExtremes(c.e, gradientOf(c), c.inputs[0]!, c.outputs[0]!, spatialAxes(c, c.inputs[0]!)),
  ]),
];

function spatialAxes({ e }: RuleContext, x: string): number[] {
  return e.dimsOf(x).flatMap((_, axis) => (axis < 2 ? [] : [axis]));
}

function maxPool(c: RuleContext): (string | undefined)[] {
  const { e, node, outputs, gradients, target } = c;
  const x = c.inputs[0]!;
  const g = gradients[0];
  if (g === undefined) return [];
  const kernel = intsOf(node, 'kernel_shape')!;
  if (target !== 'webgpu' && numberOf(node, 'storage_order', 0) === 0) {
    const indices = outputs[1] || e.multi('MaxPool', [x], 2, node.attributes)[1]!;
    return [maxPoolByIndices(e, g, indices, x, apart(c, kernel))];
  }
  const sizes = spatialOf(e.dimsOf(x));
  if (sizes === undefined || spatialOf(e.dimsOf(outputs[0]!)) === undefined) {
    throw new MissingGradientError(
      node,
      `without MaxPool's indices (they are not on ${target}) the spatial size must be known, but '${x}' is ` +
        `[${e.dimsOf(x).join(', ')}]. Give the input a fixed size.`,
    );
  }
  const window = windowOf(node, e.dimsOf(x), kernel);
  return [maxPoolByTaps(e, { x, y: outputs[0]!, g, window, sizes })];
}

/** No element of x is in two windows. */
function apart({ e, node, inputs }: RuleContext, kernel: readonly number[]): boolean {
  const { strides, dilations } = windowOf(node, e.dimsOf(inputs[0]!), kernel);
  return kernel.every((size, k) => strides[k]! >= (size - 1) * dilations[k]! + 1);
}

function averagePool(c: RuleContext): string[] {
  const { e, node } = c;
  const x = c.inputs[0]!;
  const y = c.outputs[0]!;
  const window = windowOf(node, e.dimsOf(x), intsOf(node, 'kernel_shape')!);
  const { kernel, strides, dilations, begins, ends } = window;
  const { type } = e.typeOf(x);
  const inside = numberOf(node, 'count_include_pad', 0) === 0;
  const sizes = spatialOf(e.dimsOf(x));
  const counts = spatialOf(e.dimsOf(y));
  const taps = tapsOf(kernel).length;
  const uniform = [...begins, ...ends].every((p) => p === 0) && numberOf(node, 'ceil_mode', 0) === 0;
  if (sizes === undefined || counts === undefined) {
    throw new MissingGradientError(
      node,
      `the spatial size must be known, but '${x}' is [${e.dimsOf(x).join(', ')}]. Give the input a fixed size.`,
    );
  }
  const shares = uniform
    ? e.mul(gradientOf(c), 1 / taps)
    : e.mul(gradientOf(c), weights(c, window, sizes, counts, inside));
  const channels = e.dimsOf(x)[1] as number;
  // Every channel is an example of one channel: no groups needed.
  const flat = e.reshape(shares, [-1, 1, ...counts]);
  const ones = e.constant({
    type,
    dims: [1, 1, ...kernel],
    data: type === 'float64' ? new Float64Array(taps).fill(1) : new Float32Array(taps).fill(1),
  });
  const full = e.op('ConvTranspose', [flat, ones], { kernel_shape: kernel, strides, dilations });
  const reach = counts.map((n, k) => (n - 1) * strides[k]! + (kernel[k]! - 1) * dilations[k]! + 1);
  const crop = sizes.map((size, k) => size + begins[k]! - reach[k]!);
  const cut = e.pad(full, [0, 0, ...begins.map((b) => (b === 0 ? 0 : -b)), 0, 0, ...crop]);
  return [e.reshape(cut, [-1, channels, ...sizes])];
}

/** 1 / (number of elements averaged), by window position, as a constant [1, 1, positions…]. */
function weights(
  { e, inputs }: RuleContext,
  window: Window,
  sizes: readonly number[],
  counts: readonly number[],
  inside: boolean,
): string {
  const byAxis = counts.map((count, axis) =>
    Array.from({ length: count }, (_, position) => {
      const start = position * window.strides[axis]! - window.begins[axis]!;
      // Windows that ceil_mode lets hang over the end padding do not count what is beyond it.
      const low = inside ? 0 : -window.begins[axis]!;
      const high = inside ? sizes[axis]! : sizes[axis]! + window.ends[axis]!;
      const places = Array.from(
        { length: window.kernel[axis]! },
        (_, k) => start + k * window.dilations[axis]!,
      );
      return places.filter((place) => place >= low && place < high).length;
    }),
  );
  const values = byAxis.reduce<number[]>((all, axis) => all.flatMap((a) => axis.map((b) => a * b)), [1]);
  const { type } = e.typeOf(inputs[0]!);
  const data = values.map((n) => 1 / n);
  return e.constant({
    type,
    dims: [1, 1, ...counts],
    data: type === 'float64' ? Float64Array.from(data) : Float32Array.from(data),
  });
}
