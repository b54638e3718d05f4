import { z } from 'zod';
import { choice } from './choice.ts';
import { steps } from './common-schema.ts';
import type { ScheduleJob } from './job.ts';

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
