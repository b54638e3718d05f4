import type { Expressions } from '../../onnx/expressions.ts';
import { numberOf, stringOf } from '../attributes.ts';
import { MissingGradientError } from '../errors.ts';
import { positionsAlong } from '../lowerings/identity.ts';
import { gradientOf, type RuleContext, type RuleRow, rule } from '../registry.ts';

/**
 * He et al. 2017 (arXiv:1703.06870). Each bin's mean of bilinear samples is separable: rows Ay [R ph, H] and columns
 * Ax [R, pw, W] of weights, which are tent functions around the clamped places. So the gradient is two products.
 */
export const roiAlignRules: readonly RuleRow[] = [
  rule(
    'RoiAlign',
    'two MatMul with the matrices of bilinear weights; the boxes are taken as constants, as in torchvision',
    roiAlign,
  ),
];

function roiAlign(c: RuleContext): (string | undefined)[] {
  const { e, node, inputs } = c;
  const [x, rois, batch] = inputs as readonly [string, string, string];
  const samples = numberOf(node, 'sampling_ratio', 0);
  if (stringOf(node, 'mode', 'avg') !== 'avg' || samples < 1) {
    throw new MissingGradientError(
      node,
      "only mode 'avg' with a fixed sampling_ratio (1 or more) is covered. Export it with sampling_ratio=2, or keep " +
        'what lies before it out of training.',
    );
  }
  if (!c.wanted[0]) return [];
  const { type } = e.typeOf(x);
  const [height, width] = [numberOf(node, 'output_height', 1), numberOf(node, 'output_width', 1)];
  const rows = weights(c, rois, 1, height, samples);
  const columns = weights(c, rois, 0, width, samples);
  // [R, C, ph, pw] [R, 1, pw, W] to [C, R ph, W].
  const across = e.op('MatMul', [gradientOf(c), e.unsqueeze(columns, [1])]);
  const lines = e.op('Reshape', [
    e.transpose(across, [1, 0, 2, 3]),
    e.concat([e.ints([0, -1]), e.dim(x, 3)], 0),
  ]);
  const down = e.transpose(e.op('Reshape', [rows, e.concat([e.ints([-1]), e.dim(x, 2)], 0)]), [1, 0]);
  // Which rows belong to which image: [N, 1, 1, R ph].
  const owner = e.op('Expand', [e.unsqueeze(e.cast(batch, type), [1]), e.ints([1, height])]);
  const images = e.unsqueeze(positionsAlong(e, x, 0, type), [1]);
  const belongs = e.cast(e.equal(images, e.op('Reshape', [owner, e.ints([1, -1])])), type);
  return [e.op('MatMul', [e.mul(e.unsqueeze(belongs, [1, 2]), down), lines])];
}

/**
 * [R, bins, size]: how much of each place of an axis is in each bin.
 *
 * @param side 0 for x (the last axis), 1 for y.
 */
function weights(c: RuleContext, rois: string, side: 0 | 1, bins: number, samples: number): string {
  const { e, node, inputs } = c;
  const x = inputs[0]!;
  const { type } = e.typeOf(x);
  const axis = 3 - side;
  const pixelShift = stringOf(node, 'coordinate_transformation_mode', 'half_pixel') === 'half_pixel';
  const edge = (column: number) => {
    const scaled = e.mul(e.slice(rois, [column], [column + 1], [1]), numberOf(node, 'spatial_scale', 1));
    return pixelShift ? e.sub(scaled, 0.5) : scaled;
  };
  const start = edge(side);
  const length = e.sub(edge(side + 2), start);
  // Without the shift, boxes are at least one element wide.
  const extent = pixelShift ? length : e.where(e.less(length, 1), 1, length);
  const fractions = Array.from({ length: bins * samples }, (_, k) => (k + 0.5) / (samples * bins));
  const places = e.add(e.mul(extent, row(e, fractions, type === 'float64')), start);
  const size = e.dimsOf(x)[axis];
  const count = typeof size === 'number' ? size : e.cast(e.op('Squeeze', [e.dim(x, axis)]), type);
  const last = typeof count === 'number' ? count - 1 : e.sub(count, 1);
  const clamped = e.where(e.less(places, 0), 0, e.where(e.greater(places, last), last, places));
  const away = e.abs(e.sub(e.unsqueeze(clamped, [2]), positionsAlong(e, x, axis, type)));
  const tent = e.where(e.less(away, 1), e.sub(1, away), 0);
  // More than one element outside there is nothing.
  const outside = e.unsqueeze(e.op('Or', [e.less(places, -1), e.greater(places, count)]), [2]);
  const counted = e.where(outside, 0, tent);
  const byBin = e.op('Reshape', [counted, e.concat([e.ints([-1, bins, samples]), e.dim(x, axis)], 0)]);
  return e.op('ReduceMean', [byBin, e.ints([2])], { keepdims: 0 });
}

function row(e: Expressions, values: readonly number[], double: boolean): string {
  const dims = [1, values.length];
  return double
    ? e.constant({ type: 'float64', dims, data: Float64Array.from(values) })
    : e.constant({ type: 'float32', dims, data: Float32Array.from(values) });
}
