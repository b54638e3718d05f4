import { divide, formula, multiply, product, showDims } from '../dims.ts';
import type { Dim, ValueType } from '../model.ts';
import { likeFloat, mustEqual, requireAtLeast, requireRank, sameTypes } from './common.ts';
import { float, type InferenceContext, int, ints, operator, string } from './operator.ts';
import { shapeInput } from './reshaping.ts';

/** The values of an optional input that may also be there and empty, as exporters of opset 11 to 13 write it. */
function given(c: InferenceContext, index: number): boolean {
  return c.has(index) && c.dims(index)[0] !== 0;
}

/** x, roi, scales or sizes (by `axes`, or all axes). */
function resize(c: InferenceContext): ValueType[] {
  const dims = [...c.dims(0)];
  const rank = dims.length;
  const axes = (c.ints('axes') ?? [...dims.keys()]).map((axis) => c.axis(axis, rank));
  const bySizes = given(c, 3);
  if (bySizes === given(c, 2)) c.fail('either scales (input 2) or sizes (input 3) must be given');
  const wanted = c.known(bySizes ? 3 : 2)?.values;
  if (wanted && wanted.length !== axes.length)
    c.fail(`${wanted.length} ${bySizes ? 'sizes' : 'scales'} for ${axes.length} axes`);
  const policy = bySizes ? c.string('keep_aspect_ratio_policy') : 'stretch';
  const common =
    policy === 'stretch'
      ? undefined
      : aspectScale(
          axes.map((axis) => dims[axis]),
          wanted,
          policy,
        );
  axes.forEach((axis, k) => {
    const size = dims[axis] as Dim;
    const value = wanted?.[k];
    if (value === undefined) dims[axis] = c.unknown(axis);
    else if (!bySizes) dims[axis] = scaled(size, value);
    else if (policy === 'stretch') dims[axis] = value;
    else if (common === undefined || typeof size !== 'number') dims[axis] = c.unknown(axis);
    else dims[axis] = Math.floor(common * size + 0.5);
  });
  return [{ type: c.type(0), dims }];
}

/** The one scale that keeps the aspect ratio; undefined where the sizes are not known. */
export function aspectScale(
  sizes: readonly (Dim | undefined)[],
  wanted: readonly Dim[] | undefined,
  policy: string,
): number | undefined {
  const ratios = wanted?.map((value, k) => Number(value) / Number(sizes[k]));
  if (ratios === undefined || !ratios.every(Number.isFinite)) return undefined;
  return Math.fround(policy === 'not_larger' ? Math.min(...ratios) : Math.max(...ratios));
}

/** floor(size * scale), in float32 as ONNX Runtime computes it. */
function scaled(size: Dim, scale: Dim): Dim {
  if (typeof scale !== 'number') return formula('floor', [multiply(size, scale)]);
  if (typeof size === 'number') return Math.floor(Math.fround(Math.fround(scale) * size));
  if (Number.isInteger(scale)) return multiply(size, scale);
  return Number.isInteger(1 / scale) ? divide(size, 1 / scale) : formula('floor', [`${size}*${scale}`]);
}

/** x [N, C, …d], grid [N, …out, d] to [N, C, …out]. */
function gridSample(c: InferenceContext): ValueType[] {
  const x = requireAtLeast(c, 0, 3);
  const grid = requireRank(c, 1, x.length);
  mustEqual(c, grid.at(-1) as Dim, x.length - 2, 'length of the last axis of the grid and spatial axes');
  mustEqual(c, x[0] as Dim, grid[0] as Dim, 'batch of input and grid');
  return [{ type: sameTypes(c), dims: [...x.slice(0, 2), ...grid.slice(1, -1)] }];
}

/** theta [N, d, d + 1], size [N, C, …] to the grid [N, …, d]. */
function affineGrid(c: InferenceContext): ValueType[] {
  const theta = requireRank(c, 0, 3);
  const size = shapeInput(c, 1);
  return [{ type: c.type(0), dims: [theta[0] as Dim, ...size.slice(2), theta[1] as Dim] }];
}

/** x [N, C, H, W], rois [R, 4], batch_indices [R] to [R, C, output_height, output_width]. */
function roiAlign(c: InferenceContext): ValueType[] {
  const x = requireRank(c, 0, 4);
  const rois = requireRank(c, 1, 2);
  const count = mustEqual(
    c,
    rois[0] as Dim,
    requireRank(c, 2, 1)[0] as Dim,
    'number of rois and batch indices',
  );
  return [{ type: c.type(0), dims: [count, x[1] as Dim, c.int('output_height'), c.int('output_width')] }];
}

/** [N, C product(block), L] to [N, C, …image]. */
function col2Im(c: InferenceContext): ValueType[] {
  const [batch, rows] = requireRank(c, 0, 3) as readonly [Dim, Dim];
  const block = product(shapeInput(c, 2));
  const channels = typeof block === 'number' ? divide(rows, block) : c.unknown(1);
  return [{ type: c.type(0), dims: [batch, channels, ...shapeInput(c, 1)] }];
}

function centerCropPad(c: InferenceContext): ValueType[] {
  const dims = [...c.dims(0)];
  const axes = (c.ints('axes') ?? [...dims.keys()]).map((axis) => c.axis(axis, dims.length));
  const shape = shapeInput(c, 1);
  if (shape.length !== axes.length) c.fail(`the shape ${showDims(shape)} is for ${axes.length} axes`);
  axes.forEach((axis, k) => {
    dims[axis] = shape[k] as Dim;
  });
  return [{ type: c.type(0), dims }];
}

/** […, n, n] to […]. */
function det(c: InferenceContext): ValueType[] {
  const dims = c.dims(0);
  if (dims.length < 2) c.fail('a determinant is of the last two axes; input 0 has fewer');
  mustEqual(c, dims.at(-1) as Dim, dims.at(-2) as Dim, 'rows and columns');
  return [{ type: likeFloat(c)[0]?.type ?? c.type(0), dims: dims.slice(0, -2) }];
}

export const IMAGE = [
  operator('Resize', [1, 4], resize, {
    attributes: {
      antialias: int(0),
      axes: ints(),
      coordinate_transformation_mode: string('half_pixel'),
      cubic_coeff_a: float(-0.75),
      exclude_outside: int(0),
      extrapolation_value: float(0),
      keep_aspect_ratio_policy: string('stretch'),
      mode: string('nearest'),
      nearest_mode: string('round_prefer_floor'),
    },
  }),
  operator('GridSample', 2, gridSample, {
    attributes: { align_corners: int(0), mode: string('linear'), padding_mode: string('zeros') },
  }),
  operator('AffineGrid', 2, affineGrid, { attributes: { align_corners: int(0) } }),
  operator('RoiAlign', 3, roiAlign, {
    attributes: {
      coordinate_transformation_mode: string('half_pixel'),
      mode: string('avg'),
      output_height: int(1),
      output_width: int(1),
      sampling_ratio: int(0),
      spatial_scale: float(1),
    },
  }),
  operator('Col2Im', 3, col2Im, { attributes: { dilations: ints(), pads: ints(), strides: ints() } }),
  operator('CenterCropPad', 2, centerCropPad, { attributes: { axes: ints() } }),
  operator('Det', 1, det),
];
