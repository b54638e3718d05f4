import type { Expressions } from '../../onnx/expressions.ts';
import { integersOf, intsOf, stringOf } from '../attributes.ts';
import { interpolationMatrix } from '../lowerings/interpolation.ts';
import { gradientOf, type RuleContext, type RuleRow, rule } from '../registry.ts';

/**
 * Resize is linear and separable: along each axis a matrix [in, out] of weights, of which the gradient takes the
 * transpose. The matrix is what Resize itself makes of the identity, so every mode is covered (all coordinate
 * transformations, antialias, cubic with its options), as the engine at hand computes it, for symbolic sizes too.
 * An engine folds it into a constant where the sizes are known.
 */
export const resizeRules: readonly RuleRow[] = [
  rule(
    'Resize',
    'one MatMul by axis with what Resize makes of the identity; nearest by a whole factor: ReduceSum',
    resize,
  ),
];

function resize(c: RuleContext): string[] {
  const { e, inputs, outputs } = c;
  const [x, y] = [inputs[0]!, outputs[0]!];
  const axes = resizedAxes(c);
  const factors = axes.map((axis) => wholeFactor(c, axis));
  const g = gradientOf(c);
  if (factors.every((factor) => factor !== undefined)) return [sumOfCopies(e, g, x, axes, factors)];
  return [axes.reduce((value, axis) => alongAxis(e, value, interpolationMatrix(c, x, y, axis), axis), g)];
}

/** The axes on which something happens. */
function resizedAxes(c: RuleContext): number[] {
  const { e, node, inputs, outputs } = c;
  const [from, to] = [e.dimsOf(inputs[0]!), e.dimsOf(outputs[0]!)];
  const named = intsOf(node, 'axes')?.map((axis) => (axis < 0 ? axis + from.length : axis));
  const axes = named ?? from.map((_, axis) => axis);
  const crops = stringOf(node, 'coordinate_transformation_mode', '') === 'tf_crop_and_resize';
  const roi = crops && inputs[1] ? valuesOf(c, 1) : undefined;
  const scales = inputs[2] ? valuesOf(c, 2) : undefined;
  return axes
    .filter((axis, k) => {
      if (scales?.length && scales[k] !== 1) return true;
      const whole = !crops || (roi !== undefined && roi[k] === 0 && roi[k + axes.length] === 1);
      return !whole || from[axis] !== to[axis];
    })
    .sort((a, b) => b - a);
}

function valuesOf({ e, inputs }: RuleContext, index: number): number[] | undefined {
  return integersOf(e.builder.isConstant(inputs[index]!));
}

/**
 * How many copies of each element are made side by side; undefined where it is not so. Pixel centres of a whole
 * factor never lie half-way between two elements, so the rounding does not matter there.
 */
function wholeFactor(c: RuleContext, axis: number): number | undefined {
  const { e, node, inputs, outputs } = c;
  if (stringOf(node, 'mode', 'nearest') !== 'nearest') return undefined;
  const coordinates = stringOf(node, 'coordinate_transformation_mode', 'half_pixel');
  const rounding = stringOf(node, 'nearest_mode', 'round_prefer_floor');
  const copies =
    (coordinates === 'half_pixel' && rounding.startsWith('round')) ||
    (coordinates === 'asymmetric' && rounding === 'floor');
  if (!copies || stringOf(node, 'keep_aspect_ratio_policy', 'stretch') !== 'stretch') return undefined;
  const [from, to] = [e.dimsOf(inputs[0]!)[axis], e.dimsOf(outputs[0]!)[axis]];
  const axes = intsOf(node, 'axes')?.map((k) => (k < 0 ? k + e.dimsOf(inputs[0]!).length : k));
  const scale = inputs[2] ? valuesOf(c, 2)?.[axes === undefined ? axis : axes.indexOf(axis)] : undefined;
  const factor = scale ?? (typeof from === 'number' && typeof to === 'number' ? to / from : undefined);
  return factor !== undefined && Number.isInteger(factor) && factor >= 1 ? factor : undefined;
}

/** [.., in * factor, ..] read as [.., in, factor, ..] and summed. */
function sumOfCopies(
  e: Expressions,
  g: string,
  x: string,
  axes: readonly number[],
  factors: readonly number[],
): string {
  const split: (number | string)[] = [];
  const copies: number[] = [];
  const parts: string[] = [];
  e.dimsOf(x).forEach((dim, axis) => {
    split.push(dim);
    parts.push(e.dim(x, axis));
    const k = axes.indexOf(axis);
    if (k < 0) return;
    copies.push(split.length);
    split.push(factors[k]!);
    parts.push(e.ints([factors[k]!]));
  });
  const symbols = split.filter((dim) => typeof dim !== 'number').length;
  const read =
    symbols <= 1
      ? e.reshape(
          g,
          split.map((dim) => (typeof dim === 'number' ? dim : -1)),
        )
      : e.op('Reshape', [g, e.concat(parts, 0)]);
  return e.sum(read, copies, false);
}

/** `value` [.., out, ..] to [.., in, ..] by a matrix [in, out]. */
function alongAxis(e: Expressions, value: string, matrix: string, axis: number): string {
  const rank = e.dimsOf(value).length;
  if (axis === rank - 2) return e.op('MatMul', [matrix, value]);
  const columns = e.transpose(matrix, [1, 0]);
  if (axis === rank - 1) return e.op('MatMul', [value, columns]);
  const order = Array.from({ length: rank }, (_, k) => k).filter((k) => k !== axis);
  const last = e.op('MatMul', [e.transpose(value, [...order, axis]), columns]);
  return e.transpose(
    last,
    Array.from({ length: rank }, (_, k) => (k === axis ? rank - 1 : order.indexOf(k))),
  );
}
