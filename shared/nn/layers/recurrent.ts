import { z } from 'zod';
import { initializerNames } from '../initializers/initializers.ts';
import { stepCounts } from '../row-lengths.ts';
import { type LayerContext, layer } from './layer.ts';
import { sequenceOf } from './linear.ts';

const schema = z.strictObject({
  units: z.int().positive(),
  layers: z.int().positive().default(1),
  bidirectional: z.boolean().default(false),
  /** Every step's state, or the last one only. */
  return: z.enum(['sequence', 'last']).default('sequence'),
  dropout: z
    .number()
    .min(0)
    .lt(1)
    .default(0)
    .meta({ description: 'Of what goes from one of several layers to the next, as in PyTorch.' }),
  recurrent: z.enum(initializerNames).default('fan-in-uniform').meta({
    description: 'Of the weights on the state; the others are as PyTorch has them, U(-1, 1) / sqrt(units).',
  }),
});
type Options = z.output<typeof schema>;

/**
 * Elman 1990. Weights in ONNX's form, `weight_ih_l0` [directions, units, features], `weight_hh_l0` [directions,
 * units, units], `bias_l0` [directions, 2 * units]: that of the input, then that of the state. `_l1` of a second layer.
 */
export const rnn = layer({
  schema,
  shorthand: 'units',
  description: 'A recurrent network with tanh over [batch, time, features].',
  example: '- rnn: { units: 32, return: last }',
  build: (context, options) => recurrent(context, 'RNN', 1, options, {}),
});

/** Hochreiter and Schmidhuber 1997. As `rnn`, with 4 gates of `units` rows each: input, output, forget, cell. */
export const lstm = layer({
  schema,
  shorthand: 'units',
  description: 'Long short-term memory over [batch, time, features].',
  example: '- lstm: { units: 32, return: last }',
  build: (context, options) => recurrent(context, 'LSTM', 4, options, {}),
});

/**
 * Cho et al. 2014, with the reset gate after the product as PyTorch and cuDNN have it. As `rnn`, with 3 gates of `units`
 * rows each: update, reset, new.
 */
export const gru = layer({
  schema,
  shorthand: 'units',
  description: 'Gated recurrent units over [batch, time, features].',
  example: '- gru: { units: 32, return: last }',
  build: (context, options) => recurrent(context, 'GRU', 3, options, { linear_before_reset: 1 }),
});

function recurrent(
  context: LayerContext,
  op: string,
  gates: number,
  options: Options,
  attributes: Readonly<Record<string, number>>,
): string {
  const { builder, name, input, lengths } = context;
  const { time } = sequenceOf(context, op.toLowerCase());
  const directions = options.bidirectional ? 2 : 1;
  const wide = directions * options.units;
  // Rows that say how long they are end there, in both directions; the steps behind give zeros.
  const ends = lengths && time <= lengths.places ? [stepCounts(builder, lengths, time)] : [];
  let value = builder.op('Transpose', [input], { perm: [1, 0, 2] }, `${name}/steps`);
  for (let depth = 0; depth < options.layers; depth++) {
    const weights = weightsOf(context, value, gates, options, depth);
    const kind = {
      hidden_size: options.units,
      direction: options.bidirectional ? 'bidirectional' : 'forward',
    };
    const [sequence, last] = builder.node(
      op,
      [value, ...weights, ...ends],
      { ...kind, ...attributes },
      {
        name: `${name}/layer${depth}`,
        outputs: 2,
      },
    ) as [string, string];
    if (depth === options.layers - 1) {
      if (options.return === 'last') {
        // [directions, batch, units]: the backward direction ends at the first step.
        const states = builder.op('Transpose', [last], { perm: [1, 0, 2] }, `${name}/states`);
        return builder.op('Reshape', [states, builder.ints([0, wide])], {}, name);
      }
      // [time, directions, batch, units]
      const states = builder.op('Transpose', [sequence], { perm: [2, 0, 1, 3] }, `${name}/states`);
      return builder.op('Reshape', [states, builder.ints([0, time, wide])], {}, name);
    }
    value = between(context, sequence, time, wide, options.dropout, depth);
  }
  return value;
}

/** One layer's states as the next one's input, [time, batch, directions * units]. */
function between(
  { builder, name }: LayerContext,
  sequence: string,
  time: number,
  wide: number,
  dropout: number,
  depth: number,
): string {
  const path = `${name}/layer${depth}`;
  // Noise is drawn for each example, so what is dropped has the batch in front.
  const states = builder.op('Transpose', [sequence], { perm: [2, 0, 1, 3] }, `${path}_states`);
  const joined = builder.op('Reshape', [states, builder.ints([0, time, wide])], {}, `${path}_joined`);
  const kept =
    dropout > 0 ? builder.op('Dropout', [joined, builder.scalar(dropout)], {}, `${path}_kept`) : joined;
  return builder.op('Transpose', [kept], { perm: [1, 0, 2] }, `${path}_next`);
}

function weightsOf(
  { builder, parameter }: LayerContext,
  value: string,
  gates: number,
  { units, bidirectional, recurrent: initializer }: Options,
  depth: number,
): string[] {
  const features = Number(builder.typeOf(value).dims[2]);
  const directions = bidirectional ? 2 : 1;
  const init = { initializer: 'fan-in-uniform', fanIn: units, fanOut: units } as const;
  return [
    parameter(`weight_ih_l${depth}`, [directions, gates * units, features], init),
    parameter(`weight_hh_l${depth}`, [directions, gates * units, units], { ...init, initializer }),
    parameter(`bias_l${depth}`, [directions, 2 * gates * units], init),
  ];
}
