import { z } from 'zod';
import { activationSchema } from './mlp.ts';
import { model } from './model-row.ts';

/**
 * Dense layers down to a small code and up to the features again; the target is `none`. `variational` (Kingma and
 * Welling 2014) draws the code from a normal distribution in training.
 */
export const autoencoder = model({
  schema: z.strictObject({
    hidden: z.array(z.int().positive()).default([128, 64]),
    code: z.int().positive().default(16),
    variational: z.boolean().default(false),
    activation: activationSchema,
  }),
  description: 'Dense layers that make the features again from a small code.',
  example: '{ autoencoder: { hidden: [128, 64], code: 8 } }',
  layers({ hidden, code, variational, activation }, shape, outputs, { target }) {
    const dense = (units: number) => [{ dense: units }, activation];
    const shaped = target.kind === 'none' && shape.length > 1 ? [{ reshape: [...shape] }] : [];
    return [
      ...(shape.length > 1 ? ['flatten'] : []),
      ...hidden.flatMap(dense),
      ...(variational ? [{ dense: 2 * code }, 'sample'] : [{ dense: code }]),
      ...[...hidden].reverse().flatMap(dense),
      { dense: outputs },
      ...shaped,
    ];
  },
});
