import { z } from 'zod';
import { scaled } from '../initializers/initializers.ts';
import { attend, attentionOptions } from './attention.ts';
import { type LayerContext, layer } from './layer.ts';
import { fromRows, linearRows, sequenceOf, toRows } from './linear.ts';
import { layerNormalize, rmsNormalize } from './normalization.ts';

const gated = { swiglu: 'silu', geglu: 'gelu' } as const;

const schema = z.strictObject({
  ...attentionOptions,
  ffn: z
    .int()
    .positive()
    .optional()
    .meta({ description: 'Units between the two dense layers; 4 times the features when left out.' }),
  activation: z.enum(['relu', 'gelu', 'gelu-tanh', 'silu', 'swiglu', 'geglu']).default('gelu'),
  norm: z.enum(['layer', 'rms']).default('layer'),
  order: z.enum(['pre', 'post']).default('pre'),
  epsilon: z.number().positive().default(1e-5),
  depth: z.int().positive().default(1).meta({
    description:
      'Blocks of the whole model: what is added to the residual stream starts 1 / sqrt(2 * depth) as wide (GPT-2).',
  }),
});
type Options = z.output<typeof schema>;

/**
 * A block of a transformer: attention and two dense layers, each added to its input. Pre-norm (Xiong et al. 2020)
 * normalises what goes in, post-norm (Vaswani et al. 2017) the sum. Dropout as in PyTorch's
 * TransformerEncoderLayer: of attention weights, of the activation, and of what is added.
 */
export const transformer = layer({
  schema,
  shorthand: 'heads',
  description:
    'A transformer block over [batch, time, features]: self-attention and a feed-forward part, each with a residual connection.',
  example: '- transformer: { heads: 4, causal: true }',
  build(context, options) {
    const { builder, name, input } = context;
    const { time } = sequenceOf(context, 'transformer');
    const out =
      options.depth > 1 ? scaled(options.initializer, 1 / Math.sqrt(2 * options.depth)) : options.initializer;
    const spread = (rows: string, part: string) =>
      dropped(context, fromRows(context, rows, [time], `${name}/${part}`), options.dropout, part);
    const parts = [
      (value: string) => spread(attend(context, value, options, { prefix: 'attention.', out }), 'attended'),
      (value: string) => spread(feedForward(context, value, options, out), 'fed'),
    ];
    return parts.reduce((value, part, index) => {
      const last = index === parts.length - 1;
      if (options.order === 'pre') {
        const made = part(normalized(context, value, options, index + 1));
        return builder.op('Add', [value, made], {}, last ? name : `${name}/middle`);
      }
      const sum = builder.op('Add', [value, part(value)], {}, `${name}/sum${index + 1}`);
      return normalized(context, sum, options, index + 1, last ? name : undefined);
    }, input);
  },
});

function normalized(
  context: LayerContext,
  value: string,
  { norm, epsilon }: Options,
  index: number,
  hint = `${context.name}/norm${index}`,
): string {
  const prefix = `norm${index}.`;
  return norm === 'layer'
    ? layerNormalize(context, value, { axis: 2, epsilon, prefix }, hint)
    : rmsNormalize(context, value, { epsilon, prefix }, hint);
}

/** Rows [batch * time, features]; a gated activation multiplies two halves of one product (Shazeer 2020). */
function feedForward(
  context: LayerContext,
  value: string,
  options: Options,
  out: Options['initializer'],
): string {
  const { name } = context;
  const { activation, bias, initializer, dropout } = options;
  const [time, features] = context.dimsOf(value) as [number, number];
  const units = options.ffn ?? 4 * features;
  const isGated = activation in gated;
  const wide = linearRows(context, toRows(context, value), {
    units: isGated ? 2 * units : units,
    bias,
    initializer,
    prefix: 'ffn1.',
  });
  const active = isGated
    ? gate(context, wide, units, gated[activation as keyof typeof gated])
    : activate(context, wide, activation);
  // Noise is drawn for each example, so what is dropped has the batch in front.
  const kept =
    dropout > 0
      ? toRows(
          context,
          dropped(context, fromRows(context, active, [time], `${name}/active`), dropout, 'active'),
        )
      : active;
  return linearRows(context, kept, { units: features, bias, initializer: out, prefix: 'ffn2.' });
}

function gate(context: LayerContext, rows: string, units: number, activation: string): string {
  const { builder, name } = context;
  const halves = builder.node(
    'Split',
    [rows, builder.ints([units, units])],
    { axis: 1 },
    { name: `${name}/halves`, outputs: 2 },
  );
  return builder.op('Mul', [activate(context, halves[0]!, activation), halves[1]!], {}, `${name}/gated`);
}

function activate({ builder, name }: LayerContext, value: string, activation: string): string {
  if (activation === 'relu') return builder.op('Relu', [value], {}, `${name}/relu`);
  if (activation === 'silu') {
    return builder.op(
      'Mul',
      [value, builder.op('Sigmoid', [value], {}, `${name}/sigmoid`)],
      {},
      `${name}/silu`,
    );
  }
  return builder.op(
    'Gelu',
    [value],
    { approximate: activation === 'gelu' ? 'none' : 'tanh' },
    `${name}/gelu`,
  );
}

function dropped({ builder, name }: LayerContext, value: string, rate: number, part: string): string {
  return rate > 0 ? builder.op('Dropout', [value, builder.scalar(rate)], {}, `${name}/${part}_kept`) : value;
}
