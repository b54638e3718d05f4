import type { Attributes } from '../../../shared/onnx/builder.ts';
import type { InputSpec, Spec } from './spec.ts';

const ints = (...values: number[]): InputSpec => ({ dims: [values.length], type: 'int64', values });
export function image(
  op: string,
  about: string,
  inputs: readonly InputSpec[],
  attributes: Attributes = {},
  more: Partial<Spec> = {},
): Spec {
  return { op, about, inputs, attributes, check: 'oracle', set: 'image', ...more };
}

const padding = ['zeros', 'border', 'reflection'] as const;
const corners = [0, 1] as const;
/** Coordinates of the places of a 4 x 3 image, where interpolation has a kink: by align_corners. */
const KINKS = [
  [-4 / 3, -5 / 4, -3 / 4, -2 / 3, -1 / 4, 0, 1 / 4, 2 / 3, 3 / 4, 5 / 4, 4 / 3],
  [-1, -1 / 3, 0, 1 / 3, 1],
] as const;

export const samplingSpecs: readonly Spec[] = [
  ...['linear', 'cubic'].flatMap((mode) =>
    padding.flatMap((padding_mode) =>
      corners.map((align_corners) =>
        image(
          'GridSample',
          `${mode}, ${padding_mode}, align_corners ${align_corners}`,
          [{ dims: [2, 2, 4, 3] }, { dims: [2, 3, 2, 2], range: [-1.4, 1.4], avoid: KINKS[align_corners] }],
          { mode, padding_mode, align_corners },
          { batch: padding_mode === 'zeros' },
        ),
      ),
    ),
  ),
  image(
    'GridSample',
    'nearest',
    [{ dims: [1, 2, 3, 4] }, { dims: [1, 3, 3, 2], range: [-1.3, 1.3], fixed: true }],
    {
      mode: 'nearest',
    },
  ),
  image('GridSample', '3-D, linear', [
    { dims: [1, 2, 3, 2, 3] },
    { dims: [1, 2, 2, 2, 3], range: [-1.2, 1.2] },
  ]),
  ...corners.flatMap((align_corners) => [
    image('AffineGrid', `2-D, align_corners ${align_corners}`, [{ dims: [2, 2, 3] }, ints(2, 1, 3, 4)], {
      align_corners,
    }),
    image('AffineGrid', `3-D, align_corners ${align_corners}`, [{ dims: [1, 3, 4] }, ints(1, 1, 2, 3, 2)], {
      align_corners,
    }),
  ]),
  ...['half_pixel', 'output_half_pixel'].map((coordinate_transformation_mode) =>
    image(
      'RoiAlign',
      coordinate_transformation_mode,
      [
        { dims: [2, 3, 5, 6] },
        { dims: [3, 4], values: [0.3, 0.8, 8.2, 7.4, 3.1, 2.2, 12.9, 10.5, -3, 1.5, 4.1, 1.9], fixed: true },
        { dims: [3], type: 'int64', values: [1, 0, 1] },
      ],
      {
        coordinate_transformation_mode,
        output_height: 2,
        output_width: 3,
        sampling_ratio: 2,
        spatial_scale: 0.5,
      },
    ),
  ),
  image('Col2Im', '2-D', [{ dims: [2, 8, 6] }, ints(3, 4), ints(2, 2)]),
  image('Col2Im', 'pads, strides, dilations', [{ dims: [1, 12, 4] }, ints(4, 5), ints(2, 3)], {
    pads: [1, 0, 0, 1],
    strides: [2, 2],
    dilations: [2, 1],
  }),
  image('CenterCropPad', 'crop', [{ dims: [2, 5, 4] }, ints(1, 2, 4)]),
  image('CenterCropPad', 'pad', [{ dims: [2, 3] }, ints(5, 4)]),
  image(
    'CenterCropPad',
    'crop and pad by axes',
    [{ dims: [2, 3, 6] }, ints(3, 6)],
    { axes: [-1, 1] },
    { batch: true },
  ),
];

const pool = (
  op: string,
  about: string,
  dims: readonly number[],
  attributes: Attributes,
  more: Partial<Spec> = {},
) => image(op, about, [{ dims, avoid: [0] }], attributes, more);

export const windowSpecs: readonly Spec[] = [
  ...[1, 2, 3].flatMap((p) => [
    pool('LpPool', `p ${p}`, [2, 2, 5, 4], { p, kernel_shape: [2, 2], strides: [2, 1] }, { batch: true }),
    pool('GlobalLpPool', `p ${p}`, [2, 2, 3, 3], { p }, { batch: true }),
  ]),
  pool('LpPool', 'padded', [1, 2, 6, 5], {
    kernel_shape: [3, 3],
    strides: [2, 2],
    pads: [1, 1, 1, 1],
  }),
  pool('LpPool', '1-D, dilated', [1, 2, 9], { kernel_shape: [3], dilations: [2] }),
  pool('LpPool', 'SAME_UPPER', [1, 2, 5, 6], {
    kernel_shape: [3, 3],
    strides: [2, 2],
    auto_pad: 'SAME_UPPER',
  }),
  pool('AveragePool', 'dilated', [1, 2, 7, 8], { kernel_shape: [2, 3], dilations: [2, 2] }),
  pool('AveragePool', 'dilated, padded, pads not counted', [1, 2, 7, 8], {
    kernel_shape: [2, 3],
    dilations: [2, 2],
    strides: [2, 1],
    pads: [1, 2, 1, 1],
  }),
  pool('AveragePool', 'SAME_LOWER', [1, 2, 5, 6], {
    kernel_shape: [2, 3],
    strides: [2, 2],
    auto_pad: 'SAME_LOWER',
  }),
  image('Det', '3 x 3', [{ dims: [2, 3, 3] }], {}, { batch: true }),
  image('Det', '1 x 1', [{ dims: [2, 1, 1] }]),
  ...['NOTSET', 'SAME_LOWER'].map((auto_pad) =>
    image('ConvTranspose', `output_shape, ${auto_pad}`, [{ dims: [1, 2, 3, 4] }, { dims: [2, 3, 3, 3] }], {
      auto_pad,
      strides: [2, 2],
      output_shape: [6, 7],
    }),
  ),
  image(
    'ConvTranspose',
    '3-D, padded',
    [{ dims: [1, 2, 2, 3, 2] }, { dims: [2, 2, 2, 2, 3] }, { dims: [2] }],
    {
      strides: [1, 2, 1],
      pads: [0, 1, 1, 0, 0, 1],
    },
  ),
  image('Conv', '1-D, groups, dilated', [{ dims: [2, 4, 9] }, { dims: [4, 2, 3] }], {
    group: 2,
    dilations: [2],
    pads: [2, 1],
  }),
  // PyTorch's gradient is 0 where the matrix is singular; the cofactors are not.
  image('Det', 'a singular matrix', [{ dims: [2, 2], values: [1, 2, 2, 4] }], {}, { check: 'float32' }),
];
