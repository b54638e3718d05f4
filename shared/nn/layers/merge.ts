import { z } from 'zod';
import { type LayerContext, layer } from './layer.ts';

const labels = z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]);

/** Names what comes in. */
export const label = layer({
  schema: z.strictObject({ name: z.string().min(1) }),
  shorthand: 'name',
  integers: true,
  description:
    'Gives what comes in a name, for `from`, `add`, `multiply`, `concatenate` and `dot` further on.',
  example: '- label: trunk',
  build({ input, remember }, { name }) {
    remember(name, input);
    return input;
  },
});

export const from = layer({
  schema: z.strictObject({ label: z.string().min(1) }),
  shorthand: 'label',
  integers: true,
  description: 'Goes on from a labelled value: another branch. `features` are the raw features.',
  example: '- from: features',
  build: ({ recall }, options) => recall(options.label),
});

export const add = layer({
  schema: z.strictObject({ labels }),
  shorthand: 'labels',
  description: 'Adds labelled values of the same shape.',
  example: '- add: trunk',
  build: (context, options) => fold(context, 'Add', options.labels),
});

export const multiply = layer({
  schema: z.strictObject({ labels }),
  shorthand: 'labels',
  description: 'Multiplies by labelled values of the same shape, element by element.',
  example: '- multiply: trunk',
  build: (context, options) => fold(context, 'Mul', options.labels),
});

export const concatenate = layer({
  schema: z.strictObject({ labels, axis: z.int().default(1) }),
  shorthand: 'labels',
  description:
    'Puts labelled values behind what comes in, along an axis of [batch, …]: 1, the channels, unless set.',
  example: '- concatenate: trunk',
  build({ builder, input, name, dims, dimsOf, recall, misfit }, options) {
    const rank = dims.length + 1;
    const axis = options.axis < 0 ? options.axis + rank : options.axis;
    if (axis < 1 || axis >= rank) {
      throw misfit(`axis ${options.axis} is none of one example's axes: use -1 or 1 to ${rank - 1}`);
    }
    const others = list(options.labels).map((word) => {
      const value = recall(word);
      const shape = dimsOf(value);
      const fits =
        shape.length === dims.length && shape.every((dim, at) => at === axis - 1 || dim === dims[at]);
      if (!fits) {
        throw misfit(
          `'${word}' is [${shape.join(', ')}] of one example: all axes but axis ${axis} must be alike`,
        );
      }
      return value;
    });
    return builder.op('Concat', [input, ...others], { axis }, name);
  },
});

/** The score of a pair in a two-tower model. */
export const dot = layer({
  schema: z.strictObject({ label: z.string().min(1) }),
  shorthand: 'label',
  description: 'The dot product with a labelled value along the last axis, which becomes 1.',
  example: '- dot: trunk',
  build(context, options) {
    const { builder, name } = context;
    const product = fold({ ...context, name: `${name}/products` }, 'Mul', options.label);
    return builder.op('ReduceSum', [product, builder.ints([-1])], { keepdims: 1 }, name);
  },
});

function fold(context: LayerContext, op: string, words: string | readonly string[]): string {
  const { builder, input, name, dims, dimsOf, recall, misfit } = context;
  return list(words).reduce((value, word, index, all) => {
    const other = recall(word);
    if (dimsOf(other).join() !== dims.join()) {
      throw misfit(
        `'${word}' is [${dimsOf(other).join(', ')}] of one example: both must have the same shape`,
      );
    }
    return builder.op(op, [value, other], {}, index === all.length - 1 ? name : `${name}/${word}`);
  }, input);
}

function list(words: string | readonly string[]): readonly string[] {
  return typeof words === 'string' ? [words] : words;
}
