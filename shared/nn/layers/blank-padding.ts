import { z } from 'zod';
import { float32 } from '../../onnx/tensor.ts';
import { blankBehind, realSteps } from '../row-lengths.ts';
import { type LayerContext, layer } from './layer.ts';

/**
 * Rows of several lengths for the loss ctc: whatever a model makes of the padding behind a row's end is replaced by a blank that is
 * sure. It is in the graph, and so in the exported file.
 */
export const blankPadding = layer({
  schema: z.strictObject({
    // Features are float32, or token ids: they never equal a number that is infinite as one.
    value: z
      .number()
      .refine((value) => Number.isFinite(Math.fround(value)), 'too large for float32: no feature equals it')
      .default(0),
    axis: z.int().nonnegative().default(0),
    blank: z.int().nonnegative().default(0),
  }),
  shorthand: 'value',
  description:
    'For the loss ctc, the last layer: the steps of an example end with the last place along `axis` of its features that is not `value` all over; behind it the model says `blank`.',
  example: '- blank-padding: 0',
  build(context, { value, axis, blank }) {
    const { builder, input, name, dims, misfit } = context;
    const [steps, outputs] = dims;
    if (dims.length !== 2 || steps === undefined || outputs === undefined) {
      throw misfit('blank-padding needs [batch, steps, outputs], the symbols and the blank at each step');
    }
    if (blank >= outputs)
      throw misfit(`the blank is output ${blank}, but the outputs are 0 to ${outputs - 1}`);
    const isReal = realSteps(builder, lengthOf(context, value, axis, steps), steps);
    return blankBehind(builder, input, isReal, blank, name);
  },
});

/** Float32 [batch, 1]: places of each example up to the last that is no padding; and places of the longest. */
function lengthOf(
  { builder, features, name, misfit }: LayerContext,
  value: number,
  axis: number,
  steps: number,
) {
  const { type, dims } = builder.typeOf(features);
  const places = dims[axis + 1];
  const own = dims.slice(1).join(', ');
  if (typeof places !== 'number')
    throw misfit(`axis ${axis} is none of the ${dims.length - 1} axes of the features [${own}]`);
  if (places < steps) {
    const has = `axis ${axis} of the features [${own}] has ${places} ${places === 1 ? 'place' : 'places'}`;
    throw misfit(`${has}, and the model has ${steps} steps: say the axis along which the steps lie`);
  }
  // Whole, and in the range of int32.
  if (type === 'int32' && (value | 0) !== value)
    throw misfit(`the features are token ids, and ${value} is none`);
  const is = builder.op('Equal', [features, builder.scalar(value, type)]);
  const isNot = builder.op('Cast', [builder.op('Not', [is])], { to: 'float32' });
  const others = dims.flatMap((_, at) => (at === 0 || at === axis + 1 ? [] : [at]));
  const any =
    others.length === 0 ? isNot : builder.op('ReduceMax', [isNot, builder.ints(others)], { keepdims: 0 });
  const ends = Float32Array.from({ length: places }, (_, place) => place + 1);
  const reached = builder.op('Mul', [any, builder.constant(float32([1, places], ends))]);
  const length = builder.op('ReduceMax', [reached, builder.ints([1])], { keepdims: 1 }, `${name}/length`);
  return { value: length, places };
}
