import { z } from 'zod';
import { camelKeys } from './camel.ts';
import { choice } from './choice.ts';
import type { LossJob, OptimizerJob, ScheduleJob, StrategyJob } from './job.ts';

const rate = (byDefault: number) =>
  z
    .number()
    .positive()
    .default(byDefault)
    .meta({ description: 'Learning rate.', examples: [byDefault] });
const share = (byDefault: number, description: string) =>
  z
    .number()
    .min(0)
    .lt(1)
    .default(byDefault)
    .meta({ description, examples: [byDefault] });
const weightDecay = (byDefault: number) =>
  z
    .number()
    .nonnegative()
    .default(byDefault)
    .meta({ description: 'Weight decay; not for biases and scales.', examples: [0.01] });
const epsilon = z
  .number()
  .positive()
  .default(1e-8)
  .meta({ description: 'Added to the denominator.', examples: [1e-8] });
const steps = (description: string) =>
  z
    .int()
    .positive()
    .meta({ description, examples: [10] });

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

const warmup = z
  .int()
  .nonnegative()
  .default(0)
  .meta({ description: 'Steps in which the rate rises linearly to its base.', examples: [100] });

export const scheduleSchema = choice<ScheduleJob>(
  {
    id: 'schedule',
    description: 'How the learning rate changes, in optimizer steps.',
    alternatives: {
      constant: { schema: z.strictObject({ warmup }), description: 'It stays.', example: 'constant' },
      step: {
        schema: z.strictObject({
          warmup,
          every: steps('Steps between two changes.'),
          factor: z
            .number()
            .positive()
            .default(0.1)
            .meta({ description: 'What it is multiplied by each time.', examples: [0.1] }),
        }),
        shorthand: 'every',
        description: 'It is multiplied by a factor after every so many steps.',
        example: '{ step: { every: 1000, factor: 0.5 } }',
      },
      cosine: {
        schema: z.strictObject({
          warmup,
          minimum: z
            .number()
            .nonnegative()
            .default(0)
            .meta({ description: 'The rate at the last step.', examples: [0.00001] }),
        }),
        description: 'It falls along half a cosine to its minimum at the end of the run.',
        example: '{ cosine: { warmup: 100 } }',
      },
    },
  },
  (kind, options) => ({ kind, ...options }) as unknown as ScheduleJob,
);

const outer = z
  .strictObject({
    'learning-rate': rate(1),
    momentum: share(0, 'Momentum over rounds.'),
    nesterov: z
      .boolean()
      .default(false)
      .meta({ description: "Nesterov's momentum.", examples: [true] }),
  })
  .prefault({})
  .transform(camelKeys)
  .meta({
    description: 'Optimizer of the coordinator, over the mean of the members’ changes.',
    examples: [{ 'learning-rate': 0.7, momentum: 0.9, nesterov: true }],
  });

const localSteps = steps('Optimizer steps of a member between two exchanges.');

export const strategySchema = choice<StrategyJob>(
  {
    id: 'strategy',
    description: 'Who computes what, and how updates become the next weights.',
    alternatives: {
      synchronous: {
        schema: z.strictObject({}),
        description:
          'Every batch is split over the members; gradients are summed. The result does not depend on how many members there are.',
        example: 'synchronous',
      },
      'local-steps': {
        schema: z.strictObject({ steps: localSteps, outer }),
        shorthand: 'steps',
        description: 'Members take several steps by themselves; their changes are averaged (local SGD).',
        example: '{ local-steps: { steps: 20 } }',
      },
      diloco: {
        schema: z.strictObject({
          steps: localSteps,
          'learning-rate': rate(0.7),
          momentum: share(0.9, 'Momentum over rounds.'),
        }),
        shorthand: 'steps',
        description: 'Local steps with an outer Nesterov optimizer (Douillard et al. 2023).',
        example: '{ diloco: { steps: 100 } }',
      },
      fedbuff: {
        schema: z.strictObject({
          updates: z
            .int()
            .positive()
            .default(10)
            .meta({ description: 'Updates in one step of the server.', examples: [10] }),
          steps: localSteps,
          'learning-rate': rate(1),
        }),
        description: 'Asynchronous: a step after so many updates of any age (Nguyen et al. 2022).',
        example: '{ fedbuff: { updates: 4, steps: 10 } }',
      },
      scaffold: {
        schema: z.strictObject({ steps: localSteps, 'learning-rate': rate(1) }),
        shorthand: 'steps',
        description: 'Local steps with control variates against drift (Karimireddy et al. 2020).',
        example: '{ scaffold: { steps: 10 } }',
      },
      fedbn: {
        schema: z.strictObject({ steps: localSteps }),
        shorthand: 'steps',
        description: 'Local steps; normalisation stays with the member (Li et al. 2021).',
        example: '{ fedbn: { steps: 10 } }',
      },
    },
  },
  (kind, options): StrategyJob => {
    if (kind !== 'diloco') return { kind, ...camelKeys(options) } as unknown as StrategyJob;
    const { steps, learningRate, momentum } = camelKeys(options) as {
      steps: number;
      learningRate: number;
      momentum: number;
    };
    return { kind: 'local-steps', steps, outer: { learningRate, momentum, nesterov: true } };
  },
);
