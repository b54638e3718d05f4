import { z } from 'zod';
import { biasInitializer, initializerSchema } from '../initializers/initializers.ts';
import { layer } from './layer.ts';

/** y = x Wᵀ + b with W [units, features], as PyTorch's Linear keeps it. */
export const dense = layer({
  schema: z.strictObject({
    units: z.int().positive(),
    bias: z.boolean().default(true),
    initializer: initializerSchema,
  }),
  shorthand: 'units',
  description: 'Fully connected: every output sees every input.',
  example: '- dense: 64',
  build({ builder, name, input, dims, parameter, misfit }, { units, bias, initializer }) {
    const [features, ...others] = dims;
    if (features === undefined || others.length > 0) {
      throw misfit('dense needs [batch, features]: put `- flatten` before it');
    }
    const fans = { fanIn: features, fanOut: units };
    const inputs = [input, parameter('weight', [units, features], { initializer, ...fans })];
    if (bias) inputs.push(parameter('bias', [units], { initializer: biasInitializer(initializer), ...fans }));
    return builder.op('Gemm', inputs, { transB: 1 }, name);
  },
});
