import { z } from 'zod';
import { initializerSchema } from '../initializers/initializers.ts';
import { layer } from './layer.ts';
import { linear } from './linear.ts';

/** y = x Wᵀ + b with W [units, features], as PyTorch's Linear keeps it; on the last axis of [batch, …, features]. */
export const dense = layer({
  schema: z.strictObject({
    units: z.int().positive(),
    bias: z.boolean().default(true),
    initializer: initializerSchema,
  }),
  shorthand: 'units',
  description: 'Fully connected along the last axis: every output sees every input.',
  example: '- dense: 64',
  build(context, options) {
    if (context.dims.length === 0) {
      throw context.misfit('dense needs [batch, …, features]: put `- reshape: [1]` before it');
    }
    return linear(context, context.input, options, context.name);
  },
});
