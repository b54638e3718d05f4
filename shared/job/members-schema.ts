import { z } from 'zod';

const selection = z
  .strictObject({
    participants: z
      .number()
      .positive()
      .max(1e6)
      .refine((value) => value < 1 || Number.isInteger(value), 'a whole number, or a share below 1')
      .default(10)
      .meta({
        description: 'How many are asked in a round: a number, or a share (below 1) of those who are there.',
        examples: [10, 0.1],
      }),
    policy: z
      .enum(['uniform', 'weighted', 'availability', 'utility'])
      .default('uniform')
      .meta({
        description:
          'uniform: at random. weighted: in proportion to their rows. availability: those first who were asked least. utility: those whose rows teach most for their time (Oort; Lai et al. 2021).',
        examples: ['utility'],
      }),
    'over-selection': z
      .number()
      .min(1)
      .max(10)
      .default(1)
      .meta({
        description:
          'So many times more are asked, and the round closes with the first answers (Bonawitz et al. 2019).',
        examples: [1.3],
      }),
    deadline: z
      .number()
      .positive()
      .max(1e6)
      .optional()
      .meta({
        description: 'Seconds that a round waits at most. Learned from past rounds when left out.',
        examples: [60],
      }),
  })
  .transform(({ 'over-selection': over, ...rest }) => ({ ...rest, over }))
  .meta({
    description: 'Which participants are asked in a round, of data that members hold. All when left out.',
    examples: [{ participants: 10, 'over-selection': 1.3 }],
  });

/** Who takes part. */
export const membersSchema = z
  .strictObject({
    minimum: z
      .int()
      .positive()
      .max(1e6)
      .default(1)
      .meta({ description: 'A round waits until so many are there.', examples: [2] }),
    assignment: z
      .enum(['equal', 'by-speed'])
      .default('equal')
      .meta({ description: 'Equal shares, or in proportion to measured speed.', examples: ['by-speed'] }),
    selection: selection.optional(),
  })
  .prefault({})
  .meta({ description: 'Who takes part.', examples: [{ minimum: 2 }] });
