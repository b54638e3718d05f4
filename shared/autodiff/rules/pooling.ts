import type { Expressions } from '../../onnx/expressions.ts';
import { intsOf, numberOf } from '../attributes.ts';
import { MissingGradientError } from '../errors.ts';
import { maxPoolByIndices, maxPoolByTaps } from '../lowerings/max-pool.ts';
import { canPoolByRows, maxPoolByRows, plainWindowOf } from '../lowerings/max-pool-rows.ts';
import { sumOverWindows } from '../lowerings/window-sum.ts';
import { gradientOf, type RuleContext, type RuleRow, rule } from '../registry.ts';
import { spatialOf, windowOf } from '../window.ts';
import { averagePoolRule } from './average-pool.ts';
import { timesSign } from './elementwise.ts';
import { shareOfExtremes } from './reductions.ts';

export const poolingRules: readonly RuleRow[] = [
  rule(
    'MaxPool',
    'to the first maximum: windows side by side by rows (CPU), others by its indices, or comparisons per tap on WebGPU',
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
  averagePoolRule,
  rule('LpPool', 'sign(x) |x|^(p - 1) times the sum of g y^(1 - p) over the windows', lpPool),
  rule('GlobalAveragePool', 'g / positions', (c) => {
    const { e } = c;
    const x = c.inputs[0]!;
    const share = e.div(gradientOf(c), e.count(x, spatialAxes(c, x), e.typeOf(x).type));
    return [e.expandLike(share, x)];
  }),
  rule('GlobalMaxPool', 'shared evenly by the positions that attain the maximum', (c) => [
    shareOfExtremes(c.e, gradientOf(c), c.inputs[0]!, c.outputs[0]!, spatialAxes(c, c.inputs[0]!)),
  ]),
  rule('GlobalLpPool', 'sign(x) |x|^(p - 1) g y^(1 - p), 0 where y is 0', (c) => {
    const { e, node, inputs, outputs } = c;
    const p = numberOf(node, 'p', 2);
    return [timesPower(e, inputs[0]!, perNorm(e, gradientOf(c), outputs[0]!, p), p)];
  }),
];

/** y = (sum of |x|^p over the window)^(1/p). */
function lpPool(c: RuleContext): string[] {
  const { e, node, inputs, outputs } = c;
  const x = inputs[0]!;
  const p = numberOf(node, 'p', 2);
  const window = windowOf(node, e.dimsOf(x), intsOf(node, 'kernel_shape')!);
  const shares = perNorm(e, gradientOf(c), outputs[0]!, p);
  return [timesPower(e, x, sumOverWindows(e, shares, x, window), p)];
}

/** g y^(1 - p), 0 where y is 0. */
function perNorm(e: Expressions, g: string, y: string, p: number): string {
  if (p === 1) return g;
  const positive = e.greater(y, 0);
  return e.where(positive, e.div(g, e.pow(e.where(positive, y, 1), p - 1)), 0);
}

/** `value` sign(x) |x|^(p - 1). */
function timesPower(e: Expressions, x: string, value: string, p: number): string {
  if (p === 1) return timesSign({ e }, e.expandLike(value, x), x);
  const power = p === 2 ? x : e.mul(x, p === 3 ? e.abs(x) : e.pow(e.abs(x), p - 2));
  return e.mul(power, value);
}

function spatialAxes({ e }: RuleContext, x: string): number[] {
  return e.dimsOf(x).flatMap((_, axis) => (axis < 2 ? [] : [axis]));
}

function maxPool(c: RuleContext): (string | undefined)[] {
  const { e, node, outputs, gradients, target } = c;
  const x = c.inputs[0]!;
  const g = gradients[0];
  if (g === undefined) return [];
  const kernel = intsOf(node, 'kernel_shape')!;
  const y = outputs[0]!;
  const plain = target === 'cpu' ? plainWindowOf(node, e.dimsOf(x)) : undefined;
  if (plain !== undefined && canPoolByRows(e.typeOf(x), plain)) {
    return [maxPoolByRows(e, { x, y, g, kernel })];
  }
  if (target !== 'webgpu' && numberOf(node, 'storage_order', 0) === 0) {
    const indices = outputs[1] || e.multi('MaxPool', [x], 2, node.attributes)[1]!;
    return [maxPoolByIndices(e, g, indices, x, apart(c, kernel))];
  }
  const sizes = spatialOf(e.dimsOf(x));
  if (sizes === undefined || spatialOf(e.dimsOf(y)) === undefined) {
    throw new MissingGradientError(
      node,
      `without MaxPool's indices (they are not on ${target}) the spatial size must be known, but '${x}' is ` +
        `[${e.dimsOf(x).join(', ')}]. Give the input a fixed size.`,
    );
  }
  const window = windowOf(node, e.dimsOf(x), kernel);
  return [maxPoolByTaps(e, { x, y, g, window, sizes })];
}

/** No element of x is in two windows. */
function apart({ e, node, inputs }: RuleContext, kernel: readonly number[]): boolean {
  const { strides, dilations } = windowOf(node, e.dimsOf(inputs[0]!), kernel);
  return kernel.every((size, k) => strides[k]! >= (size - 1) * dilations[k]! + 1);
}
