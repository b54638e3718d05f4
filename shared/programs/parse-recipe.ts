import { z } from 'zod';
import type { Recipe } from './recipe.ts';

const finite = z.number().finite();
const positive = finite.positive();
const columns = z.union([z.string().max(1024), z.number().int().nonnegative()]);
const className = z.string().max(1024);

const loss = z.discriminatedUnion('kind', [
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
]);

const optimizer = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('sgd'),
    learningRate: positive,
    momentum: finite,
    nesterov: z.boolean(),
    weightDecay: finite,
  }),
  z.object({
    kind: z.literal('rmsprop'),
    learningRate: positive,
    decay: finite,
    momentum: finite,
    epsilon: positive,
    weightDecay: finite,
  }),
  z.object({
    kind: z.enum(['adam', 'adamw']),
    learningRate: positive,
    beta1: finite,
    beta2: finite,
    epsilon: positive,
    weightDecay: finite,
  }),
]);

const dims = z.array(z.number().int().positive()).max(8);

const target = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('class'),
    classes: z.array(className).min(1).max(300_000),
    dims: dims.optional(),
  }),
  z.object({ kind: z.literal('number'), dims: dims.optional() }),
  z.object({ kind: z.literal('binary'), classes: z.tuple([className, className]) }),
  z.object({ kind: z.literal('none') }),
]);

const data = z.object({
  source: z.string().max(4096),
  format: z.object({ type: z.literal('csv'), header: z.boolean(), delimiter: z.string().max(8) }),
  target: z.object({ column: columns, type: z.enum(['class', 'number', 'binary']) }),
  features: z.object({
    columns: z.array(columns).optional(),
    shape: z.array(z.number().int().positive()).max(8).optional(),
    normalize: z.discriminatedUnion('kind', [
      z.object({ kind: z.literal('none') }),
      z.object({ kind: z.literal('divide'), by: finite }),
      z.object({ kind: z.literal('standardize') }),
    ]),
  }),
  test: finite.min(0).max(1),
  licence: z.string().optional(),
});

const recipe = z.object({
  loss,
  target,
  optimizer,
  clipNorm: positive.optional(),
  seed: z.number().int().nonnegative(),
  data,
});

/**
 * A recipe as it came over the wire, checked field by field: it decides what this machine computes.
 *
 * @throws Error that says which field does not fit
 */
export function parseRecipe(text: string): Recipe {
  const parsed = recipe.safeParse(JSON.parse(text));
  if (!parsed.success) throw new Error(`the run's recipe is malformed: ${z.prettifyError(parsed.error)}`);
  return parsed.data as Recipe;
}
