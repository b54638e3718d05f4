import { z } from 'zod';
import { model } from './model-row.ts';

const counts = (start: number[]) => z.array(z.int().positive()).min(1).default(start);

/**
 * Sandler et al. 2018: blocks that widen by a 1x1 convolution, filter each channel by itself (depthwise) and narrow again
 * without an activation. Howard et al. 2019 (version 3) weigh the channels (squeeze-excite) and use hard-swish.
 */
export const mobilenet = model({
  schema: z.strictObject({
    filters: counts([16, 24, 40]),
    blocks: counts([1, 2, 2]),
    expansion: z.int().positive().default(4),
    kernel: z.int().positive().default(3),
    stem: z.int().positive().default(16),
    head: z.int().positive().default(128),
    'squeeze-excite': z.boolean().default(false),
    activation: z.enum(['relu6', 'hard-swish', 'relu', 'silu']).default('relu6'),
    dropout: z.number().min(0).lt(1).default(0),
  }),
  description:
    'A MobileNet: inverted residual blocks with depthwise convolutions. Each stage but the first halves the image.',
  example:
    '{ mobilenet: { filters: [16, 24], blocks: [1, 2], squeeze-excite: true, activation: hard-swish } }',
  layers(
    { filters, blocks, expansion, kernel, stem, head, activation, dropout, ...options },
    _shape,
    outputs,
  ) {
    let channels = stem;
    const inverted = filters.flatMap((wide, stage) =>
      Array.from({ length: blocks[stage] ?? blocks.at(-1)! }, (_, block) => {
        const stride = block === 0 && stage > 0 ? 2 : 1;
        const inner = channels * expansion;
        const layers = [
          ...conv({ filters: inner, kernel: 1 }),
          activation,
          ...conv({ filters: inner, kernel, stride, groups: inner }),
          ...(options['squeeze-excite'] ? [{ 'squeeze-excite': { gate: 'hard-sigmoid' } }] : []),
          activation,
          ...conv({ filters: wide, kernel: 1 }),
        ];
        const same = stride === 1 && wide === channels;
        channels = wide;
        return same ? [{ residual: layers }] : layers;
      }).flat(),
    );
    return [
      ...conv({ filters: stem, kernel: 3 }),
      activation,
      ...inverted,
      ...conv({ filters: head, kernel: 1 }),
      activation,
      'global-average-pool',
      ...(dropout > 0 ? [{ dropout }] : []),
      { dense: outputs },
    ];
  },
});

/** A convolution and its batch normalisation, which has the bias. */
function conv(options: { filters: number; kernel: number; stride?: number; groups?: number }): unknown[] {
  return [{ conv: { padding: 'same', bias: false, initializer: 'he-normal', ...options } }, 'batch-norm'];
}
