import { z } from 'zod';
import { type Initializer, smallNormalSchema } from '../initializers/initializers.ts';
import { type LayerContext, layer } from './layer.ts';
import { fromRows, linearRows, sequenceOf, toRows } from './linear.ts';
import { causalMask, paddingMask } from './masks.ts';
import { rotate } from './rotary.ts';

/** Options that an attention layer and a transformer block share. */
export const attentionOptions = {
  heads: z.int().positive().meta({ description: 'A divisor of the features.' }),
  'kv-heads': z.int().positive().optional().meta({
    description:
      'Heads of keys and values, which several heads of queries share; as many as heads when left out.',
  }),
  causal: z.boolean().default(false).meta({ description: 'Each position sees those before it and itself.' }),
  rotary: z.boolean().default(false).meta({ description: 'Queries and keys turn with their position.' }),
  bias: z.boolean().default(true),
  dropout: z
    .number()
    .min(0)
    .lt(1)
    .default(0)
    .meta({ description: 'Share of the attention weights that is dropped in training.' }),
  padding: z
    .int()
    .optional()
    .meta({ description: 'Token id that nothing attends to; the features must be token ids.' }),
  initializer: smallNormalSchema,
};

const schema = z.strictObject(attentionOptions);
export type AttentionOptions = z.output<typeof schema>;

/** Vaswani et al. 2017; with `kv-heads` queries share keys and values (Ainslie et al. 2023). */
export const attention = layer({
  schema,
  shorthand: 'heads',
  description: 'Multi-head self-attention over [batch, time, features].',
  example: '- attention: { heads: 4, causal: true }',
  build(context, options) {
    const { time } = sequenceOf(context, 'attention');
    const rows = attend(context, context.input, options, { prefix: '', out: options.initializer });
    return fromRows(context, rows, [time], context.name);
  },
});

/**
 * Self-attention. Weights `qkv.weight` [features + 2 * kv-heads * size, features], queries, keys and values below
 * each other as in PyTorch's in_proj_weight, and `out.weight` [features, features].
 *
 * @param value [batch, time, features]
 * @returns rows [batch * time, features]
 */
export function attend(
  context: LayerContext,
  value: string,
  options: AttentionOptions,
  { prefix, out }: { readonly prefix: string; readonly out: Initializer },
): string {
  const { builder, name } = context;
  const [time, features] = context.dimsOf(value) as [number, number];
  const { heads, bias, initializer } = options;
  const shared = options['kv-heads'] ?? heads;
  checkHeads(context, features, options);
  const size = features / heads;
  const path = `${name}/${prefix}`;

  const units = (heads + 2 * shared) * size;
  const packed = linearRows(context, toRows(context, value), {
    units,
    bias,
    initializer,
    prefix: `${prefix}qkv.`,
  });
  const all = builder.op('Reshape', [packed, builder.ints([-1, time, heads + 2 * shared, size])]);
  const [queries, keys, values] = split(context, all, [heads, shared, shared], options.rotary, path);

  const scale = builder.scalar(1 / Math.sqrt(size));
  const scaledQueries = builder.op('Mul', [queries, scale], {}, `${path}scaled`);
  const q = builder.op('Transpose', [scaledQueries], { perm: [0, 2, 1, 3] }, `${path}queries`);
  const k = builder.op('Transpose', [keys], { perm: [0, 2, 3, 1] }, `${path}keys`);
  const v = builder.op('Transpose', [values], { perm: [0, 2, 1, 3] }, `${path}values`);
  // Queries that share a key stand below each other: no key is repeated.
  const grouped = (what: string, last: number) =>
    shared === heads
      ? what
      : builder.op('Reshape', [what, builder.ints([-1, shared, (heads / shared) * time, last])]);
  const apart = (what: string, last: number) =>
    shared === heads ? what : builder.op('Reshape', [what, builder.ints([-1, heads, time, last])]);

  const products = builder.op('MatMul', [grouped(q, size), k], {}, `${path}products`);
  const scores = masked(context, apart(products, time), time, options);
  const weights = builder.op('Softmax', [scores], { axis: -1 }, `${path}weights`);
  const kept =
    options.dropout > 0
      ? builder.op('Dropout', [weights, builder.scalar(options.dropout)], {}, `${path}kept`)
      : weights;
  const mixed = apart(builder.op('MatMul', [grouped(kept, time), v], {}, `${path}mixed`), size);
  const together = builder.op('Transpose', [mixed], { perm: [0, 2, 1, 3] }, `${path}together`);
  const rows = builder.op('Reshape', [together, builder.ints([-1, features])]);
  return linearRows(context, rows, { units: features, bias, initializer: out, prefix: `${prefix}out.` });
}

/** Queries, keys and values [batch, time, heads, size] each; rotated together, before they part. */
function split(
  { builder }: LayerContext,
  all: string,
  [heads, shared, same]: readonly [number, number, number],
  rotary: boolean,
  path: string,
): [string, string, string] {
  const parts = (value: string, sizes: readonly number[]) =>
    builder.node(
      'Split',
      [value, builder.ints(sizes)],
      { axis: 2 },
      { name: `${path}split`, outputs: sizes.length },
    );
  if (!rotary) return parts(all, [heads, shared, same]) as [string, string, string];
  const [turning, values] = parts(all, [heads + shared, same]) as [string, string];
  const [queries, keys] = parts(rotate(builder, turning, `${path}rotated`), [heads, shared]) as [
    string,
    string,
  ];
  return [queries, keys, values];
}

/** Scores [batch, heads, time, time] with what must not be seen far below all others. */
function masked(
  context: LayerContext,
  scores: string,
  time: number,
  { causal, padding }: AttentionOptions,
): string {
  const add = (value: string, mask: string) => context.builder.op('Add', [value, mask]);
  const past = causal ? add(scores, causalMask(context, time)) : scores;
  return padding === undefined ? past : add(past, paddingMask(context, padding));
}

function checkHeads(context: LayerContext, features: number, options: AttentionOptions): void {
  const { heads, rotary } = options;
  const shared = options['kv-heads'] ?? heads;
  if (features % heads !== 0) {
    throw context.misfit(
      `${heads} heads do not divide ${features} features: choose heads among its divisors`,
    );
  }
  if (heads % shared !== 0) {
    throw context.misfit(`kv-heads: ${shared} does not divide heads: ${heads}: choose one of its divisors`);
  }
  if (rotary && (features / heads) % 2 !== 0) {
    throw context.misfit(
      `rotary turns pairs, but a head has ${features / heads} features: make that number even`,
    );
  }
}
