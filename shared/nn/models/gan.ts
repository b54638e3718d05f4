import { z } from 'zod';
import { positionsOf } from '../specs.ts';
import { model } from './model-row.ts';

const filters = z.array(z.int().positive()).min(1);

/**
 * Radford, Metz and Chintala 2016 (DCGAN): noise [size] to an image in [-1, 1], or [0, 1], by transposed convolutions that double it.
 * The image's shape is the target's dims, or `image`.
 */
export const generator = model({
  schema: z.strictObject({
    image: z.tuple([z.int().positive(), z.int().positive(), z.int().positive()]).optional(),
    filters: filters.default([64, 32]),
    output: z.enum(['tanh', 'sigmoid']).default('tanh').meta({
      description: 'Range of the image: -1 to 1, or 0 to 1 as `normalize: { divide: … }` makes it.',
    }),
  }),
  description: 'A DCGAN generator: noise to images, by transposed convolutions.',
  example: '{ generator: { image: [1, 8, 8], filters: [64, 32] } }',
  layers({ image, filters: counts, output }, _shape, _outputs, { target }) {
    const [channels, height, width] = image ?? pad(positionsOf(target));
    const shrink = 2 ** counts.length;
    const start = [counts[0]!, Math.ceil(height / shrink), Math.ceil(width / shrink)] as const;
    const doubled = { kernel: 4, stride: 2, padding: 1, initializer: { normal: 0.02 } };
    const next = [...counts.slice(1), channels];
    return [
      { dense: { units: start[0] * start[1] * start[2], bias: false, initializer: { normal: 0.02 } } },
      { reshape: [...start] },
      'batch-norm',
      'relu',
      ...next.flatMap((count, index): unknown[] =>
        index === next.length - 1
          ? [{ 'conv-transpose': { filters: count, ...doubled } }, output]
          : [{ 'conv-transpose': { filters: count, bias: false, ...doubled } }, 'batch-norm', 'relu'],
      ),
    ];
  },
});

/** The other half: an image to one logit, by convolutions that halve it. */
export const discriminator = model({
  schema: z.strictObject({
    filters: filters.default([32, 64]),
    'batch-norm': z.boolean().default(true).meta({
      description: 'Off for Wasserstein with gradient penalty, which looks at each example by itself.',
    }),
  }),
  description: 'A DCGAN discriminator: images to a score, by convolutions with strides.',
  example: '{ discriminator: { filters: [32, 64] } }',
  layers: ({ filters: counts, ...options }, _shape, outputs) => [
    ...counts.flatMap((count, index) => {
      const normal = index > 0 && options['batch-norm'];
      const conv = {
        filters: count,
        kernel: 4,
        stride: 2,
        padding: 1,
        bias: !normal,
        initializer: { normal: 0.02 },
      };
      return [{ conv }, ...(normal ? ['batch-norm'] : []), { 'leaky-relu': 0.2 }];
    }),
    'flatten',
    { dense: { units: outputs, initializer: { normal: 0.02 } } },
  ],
});

/** [height, width] is an image of one channel; digits of 8x8 where nothing is said. */
function pad(dims: readonly number[]): [number, number, number] {
  if (dims.length === 3) return [dims[0]!, dims[1]!, dims[2]!];
  return dims.length === 2 ? [1, dims[0]!, dims[1]!] : [1, 8, 8];
}
