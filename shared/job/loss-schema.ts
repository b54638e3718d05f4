import { z } from 'zod';
import { camelKeys } from './camel.ts';
import { type Alternative, choice } from './choice.ts';
import { share } from './common-schema.ts';
import { ganLoss } from './gan-schema.ts';
import type { LossJob } from './job.ts';
import type { LossSumJob } from './loss-job.ts';

/** Options that may be left out, as the job has them. */
const ABSENT: Readonly<Record<string, Readonly<Record<string, undefined>>>> = {
  'cross-entropy': { weights: undefined, ignore: undefined },
  'binary-cross-entropy': { positiveWeight: undefined },
  focal: { weights: undefined },
};

const smooth = z
  .number()
  .positive()
  .default(1)
  .meta({ description: 'Added above and below, so that an absent class has a value.', examples: [1] });

/** What the synchronous promise cannot hold for losses that compare rows of a batch. */
const COUPLED =
  'Its negatives are the rows of a member’s own piece of the batch: the result depends on how many members there are.';

/** Losses of one output. */
const alternatives = {
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
  focal: {
    schema: z.strictObject({
      gamma: z
        .number()
        .nonnegative()
        .default(2)
        .meta({ description: 'How much less what is already right counts.', examples: [2] }),
      weights: z
        .array(z.number().nonnegative())
        .min(2)
        .optional()
        .meta({
          description: 'A weight for each class; binary: of no and of yes.',
          examples: [[0.75, 0.25]],
        }),
    }),
    shorthand: 'gamma',
    description: 'For classes and binary: cross-entropy that counts hard examples most (Lin et al. 2017).',
    example: '{ focal: { gamma: 2, weights: [0.75, 0.25] } }',
  },
  dice: {
    schema: z.strictObject({ smooth }),
    shorthand: 'smooth',
    description:
      'For classes: 1 - the soft Dice coefficient of an example, mean over classes (segmentation).',
    example: 'dice',
  },
  iou: {
    schema: z.strictObject({ smooth }),
    shorthand: 'smooth',
    description: 'For classes: 1 - the soft intersection over union of an example, mean over classes.',
    example: 'iou',
  },
  ctc: {
    schema: z.strictObject({
      blank: z
        .int()
        .nonnegative()
        .default(0)
        .meta({
          description:
            'Which of the outputs is the blank, from 0; the symbols are the others, in order of the classes.',
          examples: [10],
        }),
    }),
    shorthand: 'blank',
    description:
      'For symbols: all ways to read a label in the steps of the model, which has an output for each symbol and one for the blank (Graves et al. 2006). Of each label divided by its length, mean over the rows; a label that does not fit into the steps counts zero.',
    example: '{ ctc: { blank: 0 } }',
  },
  hinge: {
    schema: z.strictObject({
      margin: z
        .number()
        .positive()
        .default(1)
        .meta({ description: 'By how much the right class has to win.', examples: [1] }),
      squared: z
        .boolean()
        .default(false)
        .meta({ description: 'Squared excess.', examples: [true] }),
    }),
    shorthand: 'margin',
    description: 'For classes and binary: the margin of a support vector machine.',
    example: 'hinge',
  },
  poisson: {
    schema: z.strictObject({}),
    description: 'For counts: the prediction is the logarithm of the rate.',
    example: 'poisson',
  },
  quantile: {
    schema: z.strictObject({
      quantile: z
        .number()
        .gt(0)
        .lt(1)
        .default(0.5)
        .meta({ description: 'The quantile that is predicted.', examples: [0.9] }),
    }),
    shorthand: 'quantile',
    description: 'For numbers: pinball loss of a quantile.',
    example: '{ quantile: 0.9 }',
  },
  'log-cosh': {
    schema: z.strictObject({}),
    description: 'For numbers: squared near zero, absolute far away, smooth everywhere.',
    example: 'log-cosh',
  },
  'kl-divergence': {
    schema: z.strictObject({}),
    description: 'For rows of probabilities as targets: divergence of softmax from them.',
    example: 'kl-divergence',
  },
  cosine: {
    schema: z.strictObject({}),
    description: 'For vectors as targets: 1 - the cosine of the angle.',
    example: 'cosine',
  },
  triplet: {
    schema: z.strictObject({
      margin: z
        .number()
        .positive()
        .default(1)
        .meta({ description: 'By how much the own target has to be nearer.', examples: [1] }),
    }),
    shorthand: 'margin',
    description: `For vectors as targets: every other row's target is a negative. ${COUPLED}`,
    example: 'triplet',
  },
  'info-nce': {
    schema: z.strictObject({
      temperature: z
        .number()
        .positive()
        .default(0.07)
        .meta({ description: 'Divides the cosines.', examples: [0.07] }),
    }),
    shorthand: 'temperature',
    description: `For vectors as targets: which of the rows' targets is its own. ${COUPLED}`,
    example: '{ info-nce: 0.1 }',
  },
  variational: {
    schema: z.strictObject({
      reconstruction: z
        .enum(['mse', 'binary-cross-entropy'])
        .default('mse')
        .meta({
          description: 'Squared error, or cross-entropy of a model that ends in a sigmoid.',
          examples: ['binary-cross-entropy'],
        }),
      beta: z
        .number()
        .nonnegative()
        .default(1)
        .meta({
          description: 'Weight of the divergence from a standard normal distribution.',
          examples: [0.5],
        }),
    }),
    shorthand: 'beta',
    description:
      'For models with a `sample` layer: reconstruction and divergence of a variational autoencoder.',
    example: '{ variational: { beta: 0.5 } }',
  },
} satisfies Readonly<Record<string, Alternative>>;

export const lossSchema = choice<LossJob>(
  {
    id: 'loss',
    description: 'What training makes small.',
    alternatives: { ...alternatives, gan: ganLoss },
  },
  lossJob,
);

const weight = z.strictObject({
  weight: z
    .number()
    .min(1e-6)
    .max(1e6)
    .default(1)
    .meta({ description: 'What this loss counts in the sum.', examples: [0.3] }),
});

/** An autoencoder’s loss is of the features, and they are no output’s target. */
const { variational: _, ...ofColumns } = alternatives;

/** Of one of several outputs: `cross-entropy`, or `{ huber: 2, weight: 0.3 }`. */
export const outputLossSchema = choice<OutputLoss>(
  {
    id: 'output-loss',
    description:
      'The loss of one of several outputs, with `weight` beside it: `{ mse: {}, weight: 0.3 }`. What is trained is the weighted sum of them, each a mean over the batch.',
    alternatives: Object.fromEntries(
      Object.entries(ofColumns).map(([word, row]) => [word, { ...row, beside: weight }]),
    ),
  },
  (kind, { weight: factor, ...options }): OutputLoss => ({
    weight: factor as number,
    loss: lossJob(kind, options) as OutputLoss['loss'],
  }),
);

type OutputLoss = Omit<LossSumJob['terms'][number], 'output'>;

function lossJob(kind: string, options: Readonly<Record<string, unknown>>): LossJob {
  return { kind, ...ABSENT[kind], ...camelKeys(options) } as unknown as LossJob;
}
