import { z } from 'zod';
import { camelKeys } from './camel.ts';
import { choice } from './choice.ts';
import { rate, share, steps } from './common-schema.ts';
import type { StrategyJob } from './job.ts';

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
      fedavg: {
        schema: z.strictObject({
          epochs: z
            .int()
            .positive()
            .max(1e6)
            .default(1)
            .meta({ description: 'Passes over a participant’s own rows in a round.', examples: [5] }),
          steps: z
            .int()
            .positive()
            .max(1e9)
            .optional()
            .meta({ description: 'Optimizer steps in a round at most.', examples: [20] }),
        }),
        shorthand: 'epochs',
        description:
          'Participants train on rows of their own; the mean of their changes, weighted by rows (McMahan et al. 2017).',
        example: '{ fedavg: 5 }',
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
        description:
          'Local steps; normalisation stays with the member, which evaluates with it too; the exported model has its initial values (Li et al. 2021).',
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
