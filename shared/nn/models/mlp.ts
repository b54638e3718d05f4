import { z } from 'zod';
import { model } from './model-row.ts';

export const activationSchema = z
  .enum(['relu', 'leaky-relu', 'elu', 'selu', 'gelu', 'silu', 'hard-swish', 'tanh', 'sigmoid'])
  .default('relu');

/** A multi-layer perceptron: dense layers with an activation between them. */
export const mlp = model({
  schema: z.strictObject({
    hidden: z.array(z.int().positive()).default([512, 256]),
    activation: activationSchema,
    dropout: z.number().min(0).lt(1).default(0),
  }),
  description: 'Dense layers with an activation, and dropout if wanted, after each but the last.',
  example: '{ mlp: { hidden: [512, 256], dropout: 0.2 } }',
  layers: ({ hidden, activation, dropout }, shape, outputs) => [
    ...(shape.length > 1 ? ['flatten'] : []),
    ...hidden.flatMap((units) => [{ dense: units }, activation, ...(dropout > 0 ? [{ dropout }] : [])]),
    { dense: outputs },
  ],
});
