import { z } from 'zod';
import { camelKeys } from './camel.ts';
import { type Alternative, choice } from './choice.ts';
import { rate, share, steps } from './common-schema.ts';
import { eitherTraining, federatedStrategies } from './federated-strategies.ts';
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

/** For rows that the coordinator deals out; those after `synchronous` for rows that members hold, too. */
const strategies: Readonly<Record<string, Alternative>> = {
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
      ...eitherTraining,
      'learning-rate': rate(1),
    }),
    description: 'Asynchronous: a step after so many updates of any age (Nguyen et al. 2022).',
    example: '{ fedbuff: { updates: 4, steps: 10 } }',
  },
  scaffold: {
    schema: z.strictObject({
      ...eitherTraining,
      'learning-rate': rate(1),
      population: z
        .int()
        .positive()
        .optional()
        .meta({
          description: 'Members of the whole run; those that are there when left out.',
          examples: [100],
        }),
    }),
    shorthand: 'steps',
    description: 'Local steps with control variates against drift (Karimireddy et al. 2020).',
    example: '{ scaffold: { steps: 10 } }',
  },
  fedbn: {
    schema: z.strictObject(eitherTraining),
    shorthand: 'steps',
    description:
      'Local steps; normalisation stays with the member, which evaluates with it too; the exported model has its initial values (Li et al. 2021).',
    example: '{ fedbn: { steps: 10 } }',
  },
  ...federatedStrategies,
  module: {
    schema: z.strictObject({
      path: z
        .string()
        .min(1)
        .max(1000)
        .refine((path) => /\.m?js$/.test(path), 'a compiled ES module, such as ./my-strategy.mjs')
        .meta({ description: 'Path from the job file.', examples: ['./my-strategy.mjs'] }),
    }),
    shorthand: 'path',
    beside: z.strictObject({
      options: z
        .record(z.string(), z.unknown())
        .default({})
        .meta({ description: 'What its factory is given.', examples: [{ strength: 0.5 }] }),
    }),
    description: 'A strategy of your own: an ES module whose default export makes it (docs/strategies.md).',
    example: '{ module: ./my-strategy.mjs, options: { strength: 0.5 } }',
  },
};

export const strategySchema = choice<StrategyJob>(
  {
    id: 'strategy',
    description: 'Who computes what, and how updates become the next weights.',
    alternatives: strategies,
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
