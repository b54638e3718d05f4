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
    epsilon: epsilon(1e-8),
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
          epsilon: epsilon(1e-8),
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
      adagrad: {
        schema: z.strictObject({
          'learning-rate': rate(0.01),
          epsilon: epsilon(1e-10),
          'weight-decay': weightDecay(0),
        }),
        shorthand: 'learning-rate',
        description: 'Adagrad: for sparse gradients; its rate only falls.',
        example: '{ adagrad: 0.01 }',
      },
      adadelta: {
        schema: z.strictObject({
          'learning-rate': rate(1),
          decay: share(0.9, 'Decay of the mean squares.'),
          epsilon: epsilon(1e-6),
          'weight-decay': weightDecay(0),
        }),
        shorthand: 'learning-rate',
        description: 'Adadelta: finds its own rate.',
        example: 'adadelta',
      },
      adamax: {
        schema: adam(0).extend({ 'learning-rate': rate(0.002) }),
        shorthand: 'learning-rate',
        description: 'Adam under the infinity norm.',
        example: '{ adamax: 0.002 }',
      },
      nadam: {
        schema: adam(0).extend({
          'learning-rate': rate(0.002),
          'momentum-decay': z
            .number()
            .nonnegative()
            .default(0.004)
            .meta({ description: 'How fast the momentum rises.', examples: [0.004] }),
        }),
        shorthand: 'learning-rate',
        description: "Adam with Nesterov's momentum.",
        example: '{ nadam: 0.002 }',
      },
      radam: {
        schema: adam(0),
        shorthand: 'learning-rate',
        description: 'Adam with a rectified rate: needs no warm-up.',
        example: '{ radam: 0.001 }',
      },
      lion: {
        schema: z.strictObject({
          'learning-rate': rate(0.0001),
          beta1: share(0.9, 'Share of the momentum in the step.'),
          beta2: share(0.99, 'Decay of the momentum.'),
          'weight-decay': weightDecay(0),
        }),
        shorthand: 'learning-rate',
        description: 'Lion: steps by sign, one moment; decoupled weight decay.',
        example: '{ lion: { learning-rate: 0.0003, weight-decay: 0.1 } }',
      },
      lamb: {
        schema: adam(0.01).extend({ epsilon: epsilon(1e-6) }),
        shorthand: 'learning-rate',
        description: 'LAMB: Adam with a trust ratio for each tensor, for large batches.',
        example: '{ lamb: { learning-rate: 0.005 } }',
      },
      adafactor: {
        schema: z.strictObject({
          'learning-rate': rate(0.01),
          'beta2-decay': z
            .number()
            .negative()
            .default(-0.8)
            .meta({
              description: 'Power of the step by which the mean square is blended.',
              examples: [-0.8],
            }),
          epsilon: epsilon(1e-3, 'Smallest size of a tensor that its step is in proportion to.'),
          clip: z
            .number()
            .positive()
            .default(1)
            .meta({ description: 'Root mean square at which an update is clipped.', examples: [1] }),
          'weight-decay': weightDecay(0),
        }),
        shorthand: 'learning-rate',
        description: 'Adafactor: factored second moments, little memory; decoupled weight decay.',
        example: '{ adafactor: 0.01 }',
      },
      muon: {
        schema: z.strictObject({
          'learning-rate': rate(0.001),
          momentum: share(0.95, 'Momentum of matrices.'),
          nesterov: z
            .boolean()
            .default(true)
            .meta({ description: "Nesterov's momentum.", examples: [true] }),
          iterations: z
            .int()
            .min(1)
            .max(20)
            .default(5)
            .meta({ description: 'Iterations of Newton and Schulz.', examples: [5] }),
          adjust: z
            .enum(['original', 'match-rms-adamw'])
            .default('match-rms-adamw')
            .meta({
              description:
                'Factor on the rate of a matrix: √max(1, rows/columns), or 0.2 √max(rows, columns), which fits AdamW’s rates.',
              examples: ['original'],
            }),
          beta1: share(0.9, 'AdamW’s first moment, for what is no matrix.'),
          beta2: share(0.999, 'AdamW’s second moment.'),
          epsilon: epsilon(1e-8),
          'weight-decay': weightDecay(0.1),
        }),
        shorthand: 'learning-rate',
        description: 'Muon: orthogonal steps for matrices, AdamW for the rest.',
        example: '{ muon: { learning-rate: 0.002 } }',
      },
    },
  },
  (kind, options) => ({ kind, ...camelKeys(options) }) as unknown as OptimizerJob,
);
