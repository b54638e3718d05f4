import type { Attributes } from '../../../shared/onnx/builder.ts';
import type { InputSpec, Spec } from './spec.ts';
import { image } from './specs-image.ts';

const absent: InputSpec = { dims: [], absent: true };
const ints = (...values: number[]): InputSpec => ({ dims: [values.length], type: 'int64', values });
const floats = (...values: number[]): InputSpec => ({ dims: [values.length], values, constant: true });

function resize(
  about: string,
  dims: readonly number[],
  to: { scales?: number[]; sizes?: number[]; roi?: number[] },
  attributes: Attributes = {},
  more: Partial<Spec> = {},
): Spec {
  const roi = to.roi ? floats(...to.roi) : absent;
  const rest = to.scales ? [floats(...to.scales)] : [absent, ints(...(to.sizes ?? []))];
  return image('Resize', about, [{ dims }, roi, ...rest], attributes, more);
}

const MODES = [
  'half_pixel',
  'half_pixel_symmetric',
  'pytorch_half_pixel',
  'align_corners',
  'asymmetric',
] as const;

export const resizeSpecs: readonly Spec[] = [
  resize('nearest, twice as large', [2, 3, 3, 2], { scales: [1, 1, 2, 2] }, {}, { batch: true }),
  resize(
    'nearest, asymmetric floor, as exported',
    [1, 2, 2, 3],
    { scales: [1, 1, 2, 3] },
    { coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' },
  ),
  resize('nearest, smaller', [1, 2, 5, 6], { scales: [1, 1, 0.6, 0.5] }),
  resize('nearest, larger by a fraction', [1, 2, 3, 4], { sizes: [1, 2, 5, 7] }, { nearest_mode: 'ceil' }),
  resize('nearest, one dimension', [4, 3], { sizes: [7] }, { axes: [0], nearest_mode: 'round_prefer_ceil' }),
  resize('nearest, all of three', [2, 3, 4], { scales: [2, 1.5, 0.5] }),
  ...MODES.flatMap((mode) => {
    const attributes = { mode: 'linear', coordinate_transformation_mode: mode };
    return [
      resize(
        `linear, ${mode}, larger`,
        [1, 2, 3, 4],
        { scales: [1, 1, 2, mode === 'align_corners' ? 1.5 : 1.6] },
        attributes,
      ),
      resize(`linear, ${mode}, sizes`, [1, 1, 5, 4], { sizes: [1, 1, 3, 7] }, attributes),
    ];
  }),
  resize(
    'linear, symbolic batch',
    [2, 2, 3, 3],
    { scales: [1, 1, 2, 2] },
    { mode: 'linear' },
    { batch: true },
  ),
  // The specification's reference takes the fraction of the size for the size here; ONNX Runtime does not.
  resize(
    'linear, align_corners, a scale that leaves a rest',
    [1, 2, 3, 4],
    { scales: [1, 1, 2, 1.6] },
    { mode: 'linear', coordinate_transformation_mode: 'align_corners' },
    { check: 'float32' },
  ),
  resize('linear, 1-D', [2, 3, 5], { scales: [1, 1, 2] }, { mode: 'linear' }),
  resize('linear, 3-D', [1, 2, 2, 3, 2], { scales: [1, 1, 2, 1.5, 2] }, { mode: 'linear' }),
  resize('linear, to one element', [1, 1, 3, 4], { sizes: [1, 1, 1, 1] }, { mode: 'linear' }),
  resize('linear, axes', [2, 3, 4, 2], { sizes: [6, 3] }, { mode: 'linear', axes: [-2, -1] }),
  resize('linear, antialias', [1, 1, 6, 7], { sizes: [1, 1, 3, 4] }, { mode: 'linear', antialias: 1 }),
  resize(
    'linear, tf_crop_and_resize',
    [1, 1, 4, 5],
    { sizes: [1, 1, 3, 4], roi: [0, 0, 0.2, 0.1, 1, 1, 0.7, 1.3] },
    { mode: 'linear', coordinate_transformation_mode: 'tf_crop_and_resize', extrapolation_value: 3 },
  ),
  resize(
    'linear, not_larger',
    [1, 1, 4, 6],
    { sizes: [7, 8] },
    { mode: 'linear', axes: [2, 3], keep_aspect_ratio_policy: 'not_larger' },
  ),
  resize(
    'nearest, not_smaller',
    [1, 1, 4, 6],
    { sizes: [7, 8] },
    { axes: [2, 3], keep_aspect_ratio_policy: 'not_smaller' },
  ),
  resize('cubic', [1, 2, 4, 3], { scales: [1, 1, 2, 1.5] }, { mode: 'cubic' }, { batch: true }),
  resize(
    'cubic, align_corners, a = -0.5, sizes',
    [1, 1, 4, 5],
    { sizes: [1, 1, 6, 3] },
    { mode: 'cubic', coordinate_transformation_mode: 'align_corners', cubic_coeff_a: -0.5 },
  ),
  resize(
    'cubic, exclude_outside',
    [1, 1, 4, 4],
    { scales: [1, 1, 1.5, 2] },
    { mode: 'cubic', exclude_outside: 1 },
  ),
];
