import { z } from 'zod';
import type { Alternative } from './choice.ts';
import { rate, share } from './common-schema.ts';

const passes = z.int().positive().max(1e6);

const epochs = z.union([passes, z.strictObject({ start: passes, end: passes })]).meta({
  description:
    'Passes over a participant’s own rows in a round; from `start` to `end`, evenly over the rounds of the run.',
  examples: [5, { start: 5, end: 1 }],
});

/** How much a participant trains in a round. */
const amount = {
  steps: z
    .int()
    .positive()
    .max(1e9)
    .optional()
    .meta({ description: 'Optimizer steps in a round at most.', examples: [20] }),
  work: z
    .enum(['equal', 'by-speed'])
    .default('equal')
    .meta({
      description:
        'equal: the same for all. by-speed: who is slower than most takes as many steps as fit into the time of those.',
      examples: ['by-speed'],
    }),
};

const training = { epochs: epochs.default(1), ...amount };

/** On rows that are dealt out `steps` says how much; on rows that members hold either does. */
export const eitherTraining = {
  ...amount,
  steps: amount.steps.meta({
    description: 'Optimizer steps of a member between two exchanges.',
    examples: [10],
  }),
  epochs: epochs.optional(),
};

const local = z
  .union([z.literal('last-layer'), z.array(z.string().min(1).max(200)).min(1).max(1000)])
  .default('last-layer')
  .meta({
    description: 'What stays with the member: the last layer, or names of parameters (* for any characters).',
    examples: ['last-layer', ['dense_1.*']],
  });

const adaptive = (defaults: { rate: number; beta1: number }, beta2: boolean) => ({
  ...training,
  'learning-rate': rate(defaults.rate),
  beta1: share(defaults.beta1, 'Decay of the first moment.'),
  ...(beta2 && { beta2: share(0.99, 'Decay of the second moment.') }),
  tau: z
    .number()
    .positive()
    .default(0.001)
    .meta({ description: 'Added to the denominator: the larger, the less adaptive.', examples: [0.001] }),
});

const positive = (byDefault: number, description: string) =>
  z
    .number()
    .positive()
    .max(1e6)
    .default(byDefault)
    .meta({ description, examples: [byDefault] });

const notNegative = (byDefault: number, description: string) =>
  z
    .number()
    .nonnegative()
    .max(1e6)
    .default(byDefault)
    .meta({ description, examples: [byDefault] });

/** Strategies that need rows that members hold; each has a file in coordinator/strategies. */
export const federatedStrategies: Readonly<Record<string, Alternative>> = {
  fedavg: {
    schema: z.strictObject(training),
    shorthand: 'epochs',
    description:
      'Participants train on rows of their own; the mean of their changes, weighted by rows (McMahan et al. 2017).',
    example: '{ fedavg: 5 }',
  },
  fedsgd: {
    schema: z.strictObject({}),
    description: 'One step along the gradient of all rows of each participant (McMahan et al. 2017).',
    example: 'fedsgd',
  },
  fedprox: {
    schema: z.strictObject({
      ...training,
      mu: notNegative(0.01, 'How hard participants are held at the weights that they start from.'),
    }),
    shorthand: 'mu',
    description: 'FedAvg with a proximal term, against drift and for partial work (Li et al. 2020).',
    example: '{ fedprox: { mu: 0.1, epochs: 5, work: by-speed } }',
  },
  fedavgm: {
    schema: z.strictObject({
      ...training,
      'learning-rate': rate(1),
      momentum: share(0.9, 'Momentum over rounds.'),
      nesterov: z
        .boolean()
        .default(false)
        .meta({ description: "Nesterov's momentum.", examples: [true] }),
    }),
    shorthand: 'momentum',
    description: 'FedAvg with momentum on the server (Hsu et al. 2019).',
    example: '{ fedavgm: { momentum: 0.9, epochs: 5 } }',
  },
  fedadagrad: {
    schema: z.strictObject(adaptive({ rate: 0.1, beta1: 0 }, false)),
    shorthand: 'learning-rate',
    description: 'FedAvg with Adagrad on the server (Reddi et al. 2021).',
    example: '{ fedadagrad: 0.1 }',
  },
  fedadam: {
    schema: z.strictObject(adaptive({ rate: 0.01, beta1: 0.9 }, true)),
    shorthand: 'learning-rate',
    description: 'FedAvg with Adam on the server (Reddi et al. 2021).',
    example: '{ fedadam: { learning-rate: 0.01, epochs: 5 } }',
  },
  fedyogi: {
    schema: z.strictObject(adaptive({ rate: 0.01, beta1: 0.9 }, true)),
    shorthand: 'learning-rate',
    description: 'FedAvg with Yogi on the server (Reddi et al. 2021).',
    example: '{ fedyogi: 0.01 }',
  },
  fednova: {
    schema: z.strictObject({
      ...training,
      'learning-rate': rate(1),
      mu: notNegative(0, 'Proximal term of the participants.'),
    }),
    shorthand: 'epochs',
    description: 'Participants that take more steps do not count for more (Wang et al. 2020).',
    example: '{ fednova: { epochs: 5, work: by-speed } }',
  },
  feddyn: {
    schema: z.strictObject({
      ...training,
      alpha: positive(0.01, 'How hard participants are held at the weights of the server.'),
      population: z
        .int()
        .positive()
        .optional()
        .meta({
          description: 'Participants of the whole run; those that are there when left out.',
          examples: [100],
        }),
    }),
    shorthand: 'alpha',
    description:
      'A linear term that each participant keeps turns its minimum into that of all (Acar et al. 2021).',
    example: '{ feddyn: { alpha: 0.01, epochs: 5 } }',
  },
  'q-fedavg': {
    schema: z.strictObject({
      ...training,
      q: notNegative(1, 'How much more participants with a large loss count; 0: all alike.'),
    }),
    shorthand: 'q',
    description: 'Fairness: participants with a large loss count for more (Li et al. 2020).',
    example: '{ q-fedavg: { q: 1, epochs: 5 } }',
  },
  fedper: {
    schema: z.strictObject({ ...training, local }),
    shorthand: 'local',
    description: 'The head stays with the participant, the rest is averaged (Arivazhagan et al. 2019).',
    example: '{ fedper: last-layer }',
  },
  fedrep: {
    schema: z.strictObject({
      ...training,
      local,
      'personal-epochs': passes
        .default(10)
        .meta({ description: 'Epochs of the head alone, before those of the rest.', examples: [10] }),
    }),
    shorthand: 'local',
    description: 'As fedper; the head trains first and alone (Collins et al. 2021).',
    example: '{ fedrep: { personal-epochs: 10 } }',
  },
  ditto: {
    schema: z.strictObject({
      ...training,
      lambda: notNegative(0.1, 'How hard a participant’s own model is held at the common one.'),
      'personal-epochs': passes.optional().meta({
        description: 'Epochs of the own model in a round; as many as of the common one when left out.',
        examples: [5],
      }),
    }),
    shorthand: 'lambda',
    description: 'FedAvg, and beside it a model of each participant’s own (Li et al. 2021).',
    example: '{ ditto: { lambda: 0.1 } }',
  },
  ifca: {
    schema: z.strictObject({
      ...training,
      clusters: z
        .int()
        .min(1)
        .max(64)
        .default(2)
        .meta({ description: 'Models, one for each kind of participant.', examples: [3] }),
    }),
    shorthand: 'clusters',
    description:
      'Several models; each participant trains the one that fits its rows best (Ghosh et al. 2020).',
    example: '{ ifca: 3 }',
  },
};
