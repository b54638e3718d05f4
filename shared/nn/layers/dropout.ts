import { z } from 'zod';
import { layer } from './layer.ts';

/**
 * Srivastava et al. 2014, inverted: what stays is scaled by 1 / (1 - rate) in training. The inference graph
 * holds a Dropout node, which is the identity there; the training program turns it into a noise input.
 */
export const dropout = layer({
  schema: z.strictObject({ rate: z.number().min(0).lt(1) }),
  shorthand: 'rate',
  description: 'Sets this share of the values to zero, in training only.',
  example: '- dropout: 0.5',
  build: ({ builder, input, name }, { rate }) =>
    builder.op('Dropout', [input, builder.scalar(rate)], {}, name),
});
