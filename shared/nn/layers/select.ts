import { z } from 'zod';
import { int64 } from '../../onnx/tensor.ts';
import { type LayerContext, layer } from './layer.ts';
import { sequenceOf } from './linear.ts';

export const columns = layer({
  schema: z.strictObject({ columns: z.array(z.int().nonnegative()).min(1) }),
  shorthand: 'columns',
  integers: true,
  description: 'Some of the values along the last axis, by their numbers from 0.',
  example: '- columns: [0, 1]',
  build({ builder, input, name, dims, misfit }, options) {
    const size = dims.at(-1) ?? 0;
    const missing = options.columns.find((column) => column >= size);
    if (missing !== undefined) throw misfit(`column ${missing} is none of ${size}: use 0 to ${size - 1}`);
    const indices = builder.constant(int64([options.columns.length], options.columns));
    return builder.op('Gather', [input, indices], { axis: dims.length }, name);
  },
});

/**
 * A vector for a whole sequence. Where `padding` is given, the mean counts the positions only at which the features,
 * token ids, are something else.
 */
export const poolTime = layer({
  schema: z.strictObject({
    by: z.enum(['mean', 'max', 'first', 'last']).default('mean'),
    padding: z.int().optional(),
  }),
  shorthand: 'by',
  description:
    'One vector for a sequence, [batch, time, features] becomes [batch, features]: the mean, the largest values, the first or the last.',
  example: '- pool-time: mean',
  build(context, { by, padding }) {
    const { builder, input, name, misfit } = context;
    const { time, features } = sequenceOf(context, 'pool-time');
    const axis = builder.ints([1]);
    if (padding !== undefined && by !== 'mean') {
      throw misfit(`padding is left out of a mean, not of the ${by}: remove it, or use by: mean`);
    }
    if (by === 'max') return builder.op('ReduceMax', [input, axis], { keepdims: 0 }, name);
    if (by === 'mean') {
      if (padding === undefined) return builder.op('ReduceMean', [input, axis], { keepdims: 0 }, name);
      const real = builder.op('Cast', [notPadding(context, padding)], { to: 'float32' }, `${name}/real`);
      const weights = builder.op('Unsqueeze', [real, builder.ints([2])], {}, `${name}/weights`);
      const kept = builder.op('Mul', [input, weights], {}, `${name}/kept`);
      const sum = builder.op('ReduceSum', [kept, axis], { keepdims: 0 }, `${name}/sum`);
      const count = builder.op('ReduceSum', [real, axis], { keepdims: 1 }, `${name}/count`);
      const atLeastOne = builder.op('Max', [count, builder.scalar(1)], {}, `${name}/divisor`);
      return builder.op('Div', [sum, atLeastOne], {}, name);
    }
    const start = by === 'first' ? 0 : time - 1;
    const bounds = [builder.ints([start]), builder.ints([start + 1]), axis];
    const step = builder.op('Slice', [input, ...bounds], {}, `${name}/step`);
    return builder.op('Reshape', [step, builder.ints([0, features])], {}, name);
  },
});

/** Where the features, token ids [batch, time], are not the id of padding: bool. */
export function notPadding(context: LayerContext, padding: number): string {
  const { builder, features, misfit } = context;
  const name = `not_padding_${padding}`;
  if (builder.has(name)) return name;
  const { type, dims } = builder.typeOf(features);
  if (type !== 'int32' || dims.length !== 2) {
    throw misfit(
      `padding is an id among token ids [batch, time], but the features are ${type} [${dims.join(', ')}]`,
    );
  }
  const id = builder.scalar(padding, 'int32');
  return builder.op('Not', [builder.op('Equal', [features, id], {}, `padding_${padding}`)], {}, name);
}
