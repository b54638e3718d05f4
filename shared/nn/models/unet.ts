import { z } from 'zod';
import { model } from './model-row.ts';

/**
 * Ronneberger, Fischer and Brox 2015: down to a small image of many channels and up again, each level joined by what the way
 * down saw there. Makes a value, or a logit for each class, at every pixel: the target has dims [height, width].
 */
export const unet = model({
  schema: z.strictObject({
    filters: z.array(z.int().positive()).min(2).default([16, 32, 64]),
    'batch-norm': z.boolean().default(true),
    up: z.enum(['transpose', 'nearest']).default('transpose'),
  }),
  description: 'A U-Net: something for every pixel of an image, the classes last.',
  example: '{ unet: { filters: [16, 32, 64] } }',
  layers({ filters, up, ...options }, shape, outputs, { target }) {
    const block = (count: number) =>
      [0, 1].flatMap(() => [
        {
          conv: {
            filters: count,
            kernel: 3,
            padding: 'same',
            bias: !options['batch-norm'],
            initializer: 'he-normal',
          },
        },
        ...(options['batch-norm'] ? ['batch-norm'] : []),
        'relu',
      ]);
    const grow = (count: number) =>
      up === 'transpose'
        ? [{ 'conv-transpose': { filters: count, kernel: 2, stride: 2 } }]
        : [{ upsample: 2 }, { conv: { filters: count, kernel: 1 } }];
    const levels = filters.slice(0, -1);
    const down = levels.flatMap((count, level) => [
      ...block(count),
      { label: `level${level}` },
      { 'max-pool': 2 },
    ]);
    const upward = levels
      .map((count, level) => [...grow(count), { concatenate: `level${level}` }, ...block(count)])
      .reverse()
      .flat();
    return [
      ...down,
      ...block(filters.at(-1)!),
      ...upward,
      ...pixels(shape, outputs, target.kind === 'class'),
    ];
  },
});

/** The last convolution: classes last for classes; the features' own number of channels for values. */
function pixels(shape: readonly number[], outputs: number, classes: boolean): unknown[] {
  if (classes)
    return [
      { conv: { filters: outputs, kernel: 1 } },
      {
        transpose: shape
          .slice(1)
          .map((_, axis) => axis + 2)
          .concat(1),
      },
    ];
  const places = shape.slice(1).reduce((product, size) => product * size, 1);
  const channels = Math.max(1, Math.floor(outputs / places));
  const plane = { conv: { filters: channels, kernel: 1 } };
  // One value for each pixel: the target has no axis of channels.
  return channels === 1 && shape[0] !== 1 ? [plane, { reshape: shape.slice(1) }] : [plane];
}
