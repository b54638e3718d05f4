import { z } from 'zod';
import type { SurveyRequest } from '../data/survey.ts';
import { MOST_OUTPUTS, OUTPUT_NAME } from '../job/output-name.ts';
import { sizeOf } from '../onnx/tensor.ts';
import type { Recipe } from './recipe.ts';
import { recipeLoss } from './recipe-loss.ts';
import { recipeOptimizer } from './recipe-optimizer.ts';

const finite = z.number().finite();
const positive = finite.positive();
const columns = z.union([z.string().max(1024), z.number().int().nonnegative()]);
const className = z.string().max(1024);

const dims = z.array(z.number().int().positive()).max(8);

const classTarget = z.object({
  kind: z.literal('class'),
  classes: z.array(className).min(1).max(300_000),
  dims: dims.optional(),
});
const divide = z.object({
  kind: z.literal('divide'),
  by: finite.refine((by) => by !== 0, 'divided by zero'),
});
const numberTarget = z
  .object({
    kind: z.literal('number'),
    dims: dims.optional(),
    normalize: z
      .discriminatedUnion('kind', [
        divide,
        z.object({
          kind: z.literal('standardize'),
          mean: z.array(finite).max(65_536),
          deviation: z.array(finite.nonnegative()).max(65_536),
        }),
      ])
      .optional(),
  })
  .refine(
    ({ dims: own = [], normalize: scale }) =>
      scale?.kind !== 'standardize' ||
      [scale.mean, scale.deviation].every(({ length }) => length === sizeOf(own)),
    'means and deviations are not as many as numbers',
  );
const symbolsTarget = z.object({
  kind: z.literal('symbols'),
  classes: z.array(className).min(1).max(65_536),
  dims: z.tuple([z.number().int().positive().max(65_536)]),
  steps: z.number().int().positive().max(131_072),
});
const binaryTarget = z.object({ kind: z.literal('binary'), classes: z.tuple([className, className]) });

const target = z.discriminatedUnion('kind', [
  classTarget,
  numberTarget,
  binaryTarget,
  symbolsTarget,
  z.object({ kind: z.literal('none') }),
  z.object({
    kind: z.literal('several'),
    outputs: z
      .array(
        z.object({
          name: z.string().regex(OUTPUT_NAME),
          target: z.discriminatedUnion('kind', [classTarget, numberTarget, binaryTarget, symbolsTarget]),
        }),
      )
      .min(1)
      .max(MOST_OUTPUTS),
  }),
]);

const tokenizer = z.discriminatedUnion('kind', [
  z.object({ kind: z.enum(['bytes', 'characters']) }),
  z.object({ kind: z.literal('bpe'), size: z.number().int().positive().max(65_536) }),
  z.object({ kind: z.literal('file'), path: z.string().max(4096) }),
]);

const tokenCount = z.number().int().positive().max(65_536);

const normalize = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('divide'), by: finite }),
  z.object({ kind: z.literal('standardize') }),
]);

/** One of them is for one column, the other for several. */
const columnTargets = [
  z.object({
    column: columns,
    type: z.enum(['class', 'number', 'binary']),
    classes: z.array(className).max(65_536).optional(),
    normalize: normalize.optional(),
  }),
  z.object({
    column: columns,
    type: z.literal('symbols'),
    length: z.number().int().positive().max(65_536),
    classes: z.array(className).max(65_536).optional(),
  }),
  z.object({
    columns: z.array(columns).max(65_536),
    type: z.enum(['number', 'class']),
    shape: dims.optional(),
    normalize: normalize.optional(),
  }),
] as const;

const data = z.object({
  heldBy: z.literal('members').optional(),
  source: z.string().max(4096),
  format: z.discriminatedUnion('type', [
    z.object({ type: z.literal('csv'), header: z.boolean(), delimiter: z.string().max(8) }),
    z.object({ type: z.enum(['text', 'images']) }),
  ]),
  target: z.union([
    ...columnTargets,
    z.object({
      type: z.literal('several'),
      outputs: z
        .array(z.object({ name: z.string().regex(OUTPUT_NAME), target: z.union(columnTargets) }))
        .min(1)
        .max(MOST_OUTPUTS),
    }),
    z.object({ type: z.enum(['none', 'next']) }),
    z.object({ type: z.literal('masked'), share: finite.gt(0).max(1) }),
  ]),
  features: z.object({
    columns: z.array(columns).optional(),
    categories: z.array(columns).optional(),
    lengths: z.object({ column: columns, axis: z.number().int().nonnegative().max(7) }).optional(),
    shape: z.array(z.number().int().positive()).max(8).optional(),
    normalize: z.union([z.object({ kind: z.literal('none') }), normalize]),
  }),
  tokens: z
    .object({
      tokenizer,
      length: tokenCount,
      stride: tokenCount.optional(),
      column: columns.optional(),
    })
    .optional(),
  test: finite.min(0).max(1),
  licence: z.string().optional(),
});

const recipe = z.object({
  loss: recipeLoss,
  target,
  optimizer: recipeOptimizer,
  clipNorm: positive.optional(),
  seed: z.number().int().nonnegative(),
  memory: z
    .object({
      recompute: z.enum(['off', 'every-block', 'auto']),
      microBatch: z.union([z.number().int().positive(), z.literal('auto')]).optional(),
      precision: z.enum(['mixed', 'emulated']).optional(),
    })
    .optional(),
  state: z
    .object({
      personal: z.boolean().optional(),
      beside: z.boolean().optional(),
      moments: z.boolean().optional(),
      vectors: z
        .array(z.string().regex(/^(server|change|member|residual)\..{1,100}$/))
        .max(64)
        .refine((names) => new Set(names).size === names.length, 'a vector is named twice')
        .optional(),
    })
    .optional(),
  metrics: z.array(z.string().max(64)).max(64).optional(),
  plan: z
    .object({
      strategy: z.string().max(64),
      rounds: z.number().int().positive().optional(),
      epochs: z.number().int().positive().optional(),
      work: z
        .object({
          epochs: z.number().int().positive().optional(),
          steps: z.number().int().positive().optional(),
          batch: z.number().int().nonnegative(),
        })
        .optional(),
    })
    .optional(),
  data,
});

const survey = z.object({ data, seed: z.number().int().nonnegative() });

/**
 * What a survey asks for, as it came over the wire.
 *
 * @throws Error that says which field does not fit
 */
export function parseSurveyRequest(text: string): SurveyRequest {
  const parsed = survey.safeParse(JSON.parse(text));
  if (!parsed.success) throw new Error(`the run's survey is malformed: ${z.prettifyError(parsed.error)}`);
  return parsed.data as SurveyRequest;
}

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
