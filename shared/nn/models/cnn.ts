import { z } from 'zod';
import { activationSchema } from './mlp.ts';
import { model } from './model-row.ts';

/** A small convolutional classifier in the manner of LeNet (LeCun et al. 1998). */
export const cnn = model({
  schema: z.strictObject({
    filters: z.array(z.int().positive()).min(1).default([32, 64]),
    kernel: z.int().positive().default(3),
    'batch-norm': z.boolean().default(true),
    dense: z.int().positive().default(128),
    activation: activationSchema,
    dropout: z.number().min(0).lt(1).default(0),
  }),
  description: 'Blocks of convolution, activation and max-pool (while a halving is left), then dense layers.',
  example: '{ cnn: { filters: [32, 64], dense: 128, dropout: 0.25 } }',
  layers({ filters, kernel, dense, activation, dropout, ...options }, shape, outputs) {
    let smallest = Math.min(...shape.slice(1));
    const blocks = filters.flatMap((count) => {
      const pools = smallest >= 2;
      if (pools) smallest = Math.floor(smallest / 2);
      return [
        { conv: { filters: count, kernel, padding: 'same', bias: !options['batch-norm'] } },
        ...(options['batch-norm'] ? ['batch-norm'] : []),
        activation,
        ...(pools ? [{ 'max-pool': 2 }] : []),
      ];
    });
    const rest = dropout > 0 ? [{ dropout }] : [];
    return [...blocks, 'flatten', ...rest, { dense }, activation, ...rest, { dense: outputs }];
  },
});
