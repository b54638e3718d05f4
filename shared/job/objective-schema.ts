import { z } from 'zod';
import { choice } from './choice.ts';
import type { TargetJob } from './data-job.ts';

/** What is predicted of a text. */
export const objectiveSchema = choice<Extract<TargetJob, { type: 'next' | 'masked' }>>(
  {
    id: 'objective',
    description: 'What is predicted of a text.',
    alternatives: {
      next: {
        schema: z.strictObject({}),
        description: 'The token after each: a model that writes.',
        example: 'next',
      },
      masked: {
        schema: z.strictObject({
          share: z
            .number()
            .gt(0)
            .max(1)
            .default(0.15)
            .meta({ description: 'Share of the tokens that are hidden.', examples: [0.15] }),
        }),
        shorthand: 'share',
        description:
          'Tokens that are hidden: a model that reads both ways (Devlin et al. 2019). Of those chosen 80 % become `<mask>`, 10 % any token, 10 % stay.',
        example: '{ masked: 0.15 }',
      },
    },
  },
  (kind, options) => ({ type: kind, ...options }) as { type: 'next' } | { type: 'masked'; share: number },
);
