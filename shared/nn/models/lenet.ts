import { z } from 'zod';
import { model } from './model-row.ts';

/** LeCun et al. 1998: two convolutions with average pooling, three dense layers, tanh between. */
export const lenet = model({
  schema: z.strictObject({
    filters: z.tuple([z.int().positive(), z.int().positive()]).default([6, 16]),
    dense: z.tuple([z.int().positive(), z.int().positive()]).default([120, 84]),
    activation: z.enum(['tanh', 'relu']).default('tanh'),
  }),
  description: 'LeNet-5: two convolutions with average pooling, then three dense layers.',
  example: '{ lenet: { activation: relu } }',
  layers: ({ filters, dense, activation }, _shape, outputs) => [
    ...filters.flatMap((count) => [
      { conv: { filters: count, kernel: 5, padding: 'same' } },
      activation,
      { 'average-pool': 2 },
    ]),
    'flatten',
    ...dense.flatMap((units) => [{ dense: units }, activation]),
    { dense: outputs },
  ],
});
