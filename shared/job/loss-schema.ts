import { z } from 'zod';
import { camelKeys } from './camel.ts';
import { choice } from './choice.ts';
import { share } from './common-schema.ts';
import type { LossJob } from './job.ts';

export const lossSchema = choice<LossJob>(
  {
    id: 'loss',
    description: 'What training makes small.',
    alternatives: {
      'cross-entropy': {
        schema: z.strictObject({
          weights: z
            .array(z.number().nonnegative())
            .min(2)
            .optional()
            .meta({
              description: 'A weight for each class, in order of the classes.',
              examples: [[1, 2, 1]],
            }),
          'label-smoothing': share(0, 'Share of the target that is spread over all classes.'),
          ignore: z
            .int()
            .nonnegative()
            .optional()
            .meta({ description: 'Index of a class whose rows do not count.', examples: [0] }),
        }),
        description: 'For targets of type class: softmax and negative log-likelihood.',
        example: '{ cross-entropy: { label-smoothing: 0.1 } }',
      },
      'binary-cross-entropy': {
        schema: z.strictObject({
          'positive-weight': z
            .number()
            .positive()
            .optional()
            .meta({ description: 'Weight of the positive class.', examples: [3] }),
        }),
        description: 'For targets of type binary: on one logit.',
        example: 'binary-cross-entropy',
      },
      mse: { schema: z.strictObject({}), description: 'For numbers: mean squared error.', example: 'mse' },
      mae: { schema: z.strictObject({}), description: 'For numbers: mean absolute error.', example: 'mae' },
      huber: {
        schema: z.strictObject({
          delta: z
            .number()
            .positive()
            .default(1)
            .meta({ description: 'From this error on it is linear.', examples: [1] }),
        }),
        shorthand: 'delta',
        description: 'For numbers: squared near zero, absolute beyond delta.',
        example: '{ huber: 1 }',
      },
    },
  },
  (kind, options): LossJob => {
    if (kind !== 'cross-entropy' && kind !== 'binary-cross-entropy') {
      return { kind, ...options } as unknown as LossJob;
    }
    const defaults =
      kind === 'cross-entropy' ? { weights: undefined, ignore: undefined } : { positiveWeight: undefined };
    return { kind, ...defaults, ...camelKeys(options) } as unknown as LossJob;
  },
);
