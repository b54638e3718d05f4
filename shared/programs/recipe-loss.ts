import { z } from 'zod';
import { MOST_OUTPUTS, OUTPUT_NAME } from '../job/output-name.ts';

const finite = z.number().finite();
const positive = finite.positive();

const singleLoss = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('cross-entropy'),
    weights: z.array(finite).optional(),
    labelSmoothing: finite.min(0).max(1),
    ignore: z.number().int().optional(),
  }),
  z.object({ kind: z.literal('binary-cross-entropy'), positiveWeight: positive.optional() }),
  z.object({ kind: z.literal('mse') }),
  z.object({ kind: z.literal('mae') }),
  z.object({ kind: z.literal('huber'), delta: positive }),
  z.object({
    kind: z.literal('focal'),
    gamma: finite.nonnegative(),
    weights: z.array(finite.nonnegative()).optional(),
  }),
  z.object({ kind: z.literal('ctc'), blank: z.number().int().nonnegative() }),
  z.object({ kind: z.enum(['dice', 'iou']), smooth: positive }),
  z.object({ kind: z.literal('hinge'), margin: positive, squared: z.boolean() }),
  z.object({ kind: z.enum(['poisson', 'log-cosh', 'kl-divergence', 'cosine']) }),
  z.object({ kind: z.literal('quantile'), quantile: positive.lt(1) }),
  z.object({ kind: z.literal('triplet'), margin: positive }),
  z.object({ kind: z.literal('info-nce'), temperature: positive }),
  z.object({
    kind: z.literal('variational'),
    reconstruction: z.enum(['mse', 'binary-cross-entropy']),
    beta: finite.nonnegative(),
  }),
  z.object({
    kind: z.literal('gan'),
    objective: z.enum(['non-saturating', 'wasserstein']),
    gradientPenalty: finite.nonnegative(),
    criticSteps: z.number().int().positive(),
  }),
]);

const sum = z.object({
  kind: z.literal('sum'),
  terms: z
    .array(z.object({ output: z.string().regex(OUTPUT_NAME), weight: positive, loss: singleLoss }))
    .min(1)
    .max(MOST_OUTPUTS),
});

/** A loss as a recipe has it; the options a graph is made of, checked again where they arrive. */
export const recipeLoss = z.discriminatedUnion('kind', [singleLoss, sum]);
