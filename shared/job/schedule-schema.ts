import { z } from 'zod';
import { camelKeys } from './camel.ts';
import { choice } from './choice.ts';
import { steps } from './common-schema.ts';
import type { ScheduleJob } from './job.ts';

const warmup = z
  .int()
  .nonnegative()
  .default(0)
  .meta({ description: 'Steps in which the rate rises linearly to its base.', examples: [100] });

const minimum = z
  .number()
  .nonnegative()
  .default(0)
  .meta({ description: 'The rate at the last step.', examples: [0.00001] });

const divisor = (byDefault: number, description: string) =>
  z
    .number()
    .min(1)
    .default(byDefault)
    .meta({ description, examples: [byDefault] });

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
          minimum,
        }),
        description: 'It falls along half a cosine to its minimum at the end of the run.',
        example: '{ cosine: { warmup: 100 } }',
      },
      linear: {
        schema: z.strictObject({ warmup, minimum }),
        description: 'It falls linearly to its minimum at the end of the run.',
        example: '{ linear: { warmup: 100 } }',
      },
      polynomial: {
        schema: z.strictObject({
          warmup,
          minimum,
          power: z
            .number()
            .positive()
            .default(2)
            .meta({ description: 'Power of the share of steps that is left.', examples: [2] }),
        }),
        shorthand: 'power',
        description: 'It falls like a power of what is left of the run.',
        example: '{ polynomial: { power: 2, warmup: 100 } }',
      },
      exponential: {
        schema: z.strictObject({
          warmup,
          factor: z
            .number()
            .positive()
            .max(1)
            .meta({ description: 'What it is multiplied by in so many steps.', examples: [0.9] }),
          every: z
            .int()
            .positive()
            .default(1)
            .meta({ description: 'Steps in which the factor is reached.', examples: [100] }),
        }),
        shorthand: 'factor',
        description: 'It is multiplied by a factor, a little at every step.',
        example: '{ exponential: { factor: 0.9, every: 100 } }',
      },
      'one-cycle': {
        schema: z.strictObject({
          rise: z
            .number()
            .gt(0)
            .lt(1)
            .default(0.3)
            .meta({ description: 'Share of the run in which it rises.', examples: [0.3] }),
          'start-divisor': divisor(25, 'It starts at the learning rate over this.'),
          'end-divisor': divisor(1e4, 'It ends at the start over this.'),
          shape: z
            .enum(['cosine', 'linear'])
            .default('cosine')
            .meta({ description: 'How it rises and falls.', examples: ['linear'] }),
        }),
        shorthand: 'rise',
        description: 'It rises to the learning rate, then falls far below its start (Smith and Topin 2019).',
        example: '{ one-cycle: { rise: 0.3 } }',
      },
      plateau: {
        schema: z.strictObject({
          warmup,
          metric: z
            .string()
            .min(1)
            .default('loss')
            .meta({ description: 'The metric to watch.', examples: ['accuracy'] }),
          factor: z
            .number()
            .gt(0)
            .lt(1)
            .default(0.1)
            .meta({ description: 'What it is multiplied by.', examples: [0.5] }),
          patience: z
            .int()
            .nonnegative()
            .default(10)
            .meta({ description: 'Evaluations without a better value that are borne.', examples: [3] }),
          threshold: z
            .number()
            .nonnegative()
            .default(1e-4)
            .meta({
              description: 'Share of the best value by which a better one has to differ.',
              examples: [0.001],
            }),
          cooldown: z
            .int()
            .nonnegative()
            .default(0)
            .meta({ description: 'Evaluations after a change that are not counted.', examples: [2] }),
          minimum: z
            .number()
            .nonnegative()
            .default(0)
            .meta({ description: 'It does not fall below this.', examples: [0.00001] }),
        }),
        shorthand: 'patience',
        description: 'It falls when an evaluation’s metric stops to improve.',
        example: '{ plateau: { factor: 0.5, patience: 3 } }',
      },
    },
  },
  (kind, options) =>
    ({ kind, ...(kind === 'one-cycle' && { warmup: 0 }), ...camelKeys(options) }) as unknown as ScheduleJob,
);
