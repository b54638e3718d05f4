import { z } from 'zod';
import { camelKeys } from './camel.ts';
import { choice } from './choice.ts';
import { epsilon, rate, share, weightDecay } from './common-schema.ts';
import type { OptimizerJob } from './job.ts';

const adam = (decay: number) =>
  z.strictObject({
    'learning-rate': rate(0.001),
    beta1: share(0.9, 'Decay of the first moment.'),
    beta2: share(0.999, 'Decay of the second moment.'),
    epsilon,
    'weight-decay': weightDecay(decay),
  });

export const optimizerSchema = choice<OptimizerJob>(
  {
    id: 'optimizer',
    description: 'How a gradient becomes a step.',
    alternatives: {
      sgd: {
        schema: z.strictObject({
          'learning-rate': rate(0.01),
          momentum: share(0, 'Momentum.'),
          nesterov: z
            .boolean()
            .default(false)
            .meta({ description: "Nesterov's momentum.", examples: [true] }),
          'weight-decay': weightDecay(0),
        }),
        shorthand: 'learning-rate',
        description: 'Stochastic gradient descent, with momentum if wanted.',
        example: '{ sgd: { learning-rate: 0.1, momentum: 0.9, nesterov: true } }',
      },
      rmsprop: {
        schema: z.strictObject({
          'learning-rate': rate(0.01),
          decay: share(0.99, 'Decay of the mean square.'),
          momentum: share(0, 'Momentum.'),
          epsilon,
          'weight-decay': weightDecay(0),
        }),
        shorthand: 'learning-rate',
        description: 'RMSprop.',
        example: '{ rmsprop: { learning-rate: 0.01 } }',
      },
      adam: {
        schema: adam(0),
        shorthand: 'learning-rate',
        description: 'Adam; weight decay is added to the gradient.',
        example: '{ adam: 0.001 }',
      },
      adamw: {
        schema: adam(0.01),
        shorthand: 'learning-rate',
        description: 'Adam with decoupled weight decay.',
        example: '{ adamw: { learning-rate: 0.002, weight-decay: 0.01 } }',
      },
    },
  },
  (kind, options) => ({ kind, ...camelKeys(options) }) as unknown as OptimizerJob,
);
