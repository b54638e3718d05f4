import type { Expressions } from '../../onnx/expressions.ts';
import { intsOf, numberOf } from '../attributes.ts';
import { MissingGradientError } from '../errors.ts';
import { onesKernel, sumOverWindows } from '../lowerings/window-sum.ts';
import { gradientOf, type RuleContext, type RuleRow, rule } from '../registry.ts';
import { spatialOf, tapsOf, type Window, windowOf } from '../window.ts';

export const averagePoolRule: RuleRow = rule(
  'AveragePool',
  'ConvTranspose with a kernel of ones over g / count',
  averagePool,
);

function averagePool(c: RuleContext): string[] {
  const { e, node } = c;
  const x = c.inputs[0]!;
  const window = windowOf(node, e.dimsOf(x), intsOf(node, 'kernel_shape')!);
  const taps = tapsOf(window.kernel).length;
  const inside = numberOf(node, 'count_include_pad', 0) === 0;
  const ceil = numberOf(node, 'ceil_mode', 0) === 1;
  const full = [...window.begins, ...window.ends].every((p) => p === 0) && !ceil;
  const g = gradientOf(c);
  const shares =
    full || (!inside && !ceil) ? e.mul(g, 1 / taps) : e.op('Mul', [g, inverseCounts(c, x, window, inside)]);
  return [sumOverWindows(e, shares, x, window)];
}

/** 1 / (number of elements averaged), by window position: [1, 1, positions…]. */
function inverseCounts(
  { e, node, outputs }: RuleContext,
  x: string,
  window: Window,
  inside: boolean,
): string {
  const sizes = spatialOf(e.dimsOf(x));
  const counts = spatialOf(e.dimsOf(outputs[0]!));
  if (sizes !== undefined && counts !== undefined) return constantCounts(e, x, window, sizes, counts, inside);
  if (numberOf(node, 'ceil_mode', 0) === 1) {
    throw new MissingGradientError(
      node,
      `with ceil_mode the spatial size must be known, but '${x}' is [${e.dimsOf(x).join(', ')}]. Give the input a ` +
        'fixed size.',
    );
  }
  // Ones where x is, summed over each window.
  const shape = e.concat([e.ints([1, 1]), e.op('Shape', [x], { start: 2 })], 0);
  const ones = e.op('Expand', [e.scalar(1, e.typeOf(x).type), shape]);
  const { kernel, strides, dilations, begins, ends } = window;
  const pads = [...begins, ...ends];
  const attributes = { kernel_shape: kernel, strides, dilations, pads };
  return e.op('Reciprocal', [e.op('Conv', [ones, onesKernel(e, x, kernel)], attributes)]);
}

function constantCounts(
  e: Expressions,
  x: string,
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
  const data = values.map((n) => 1 / n);
  const { type } = e.typeOf(x);
  const dims = [1, 1, ...counts];
  return type === 'float64'
    ? e.constant({ type, dims, data: Float64Array.from(data) })
    : e.constant({ type: 'float32', dims, data: Float32Array.from(data) });
}
