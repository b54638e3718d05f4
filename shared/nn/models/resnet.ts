import { z } from 'zod';
import { model } from './model-row.ts';

const counts = (start: number[]) => z.array(z.int().positive()).min(1).default(start);

/**
 * He et al. 2016 with basic blocks: ResNet-18 by its defaults, with the strides and paddings of torchvision. The small stem, one
 * 3x3 convolution, is that of their networks for CIFAR-10; the large one halves the image twice.
 */
export const resnet = model({
  schema: z.strictObject({
    blocks: counts([2, 2, 2, 2]),
    filters: counts([64, 128, 256, 512]),
    stem: z.enum(['small', 'large']).default('small'),
    dropout: z.number().min(0).lt(1).default(0),
  }),
  description: 'A residual network with batch normalisation: ResNet-18 by its defaults.',
  example: '{ resnet: { blocks: [1, 1], filters: [16, 32] } }',
  layers({ blocks, filters, stem, dropout }, _shape, outputs) {
    const first = filters[0]!;
    let channels = first;
    const stages = blocks.flatMap((count, stage) => {
      const wide = filters[stage] ?? filters.at(-1)!;
      return Array.from({ length: count }, (_, block) => {
        const stride = block === 0 && stage > 0 ? 2 : 1;
        const shortcut = stride > 1 || wide !== channels ? [...conv(wide, 1, stride, 0)] : [];
        channels = wide;
        const layers = [...conv(wide, 3, stride, 1), 'relu', ...conv(wide, 3, 1, 1)];
        return [{ residual: { layers, shortcut } }, 'relu'];
      }).flat();
    });
    return [
      ...(stem === 'small' ? conv(first, 3, 1, 1) : conv(first, 7, 2, 3)),
      'relu',
      ...(stem === 'large' ? [{ 'max-pool': { kernel: 3, stride: 2, padding: 1 } }] : []),
      ...stages,
      'global-average-pool',
      ...(dropout > 0 ? [{ dropout }] : []),
      { dense: outputs },
    ];
  },
});

/** A convolution and its batch normalisation, which has the bias. */
function conv(filters: number, kernel: number, stride: number, padding: number): unknown[] {
  return [
    { conv: { filters, kernel, stride, padding, bias: false, initializer: 'he-normal' } },
    'batch-norm',
  ];
}
