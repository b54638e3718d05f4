import { z } from 'zod';
import { sizeOf } from '../../onnx/tensor.ts';
import { layer } from './layer.ts';

export const flatten = layer({
  schema: z.strictObject({}),
  integers: true,
  description: 'One axis for all values of an example: [batch, …] becomes [batch, features].',
  example: '- flatten',
  build: ({ builder, input, name }) => builder.op('Flatten', [input], { axis: 1 }, name),
});

export const reshape = layer({
  schema: z.strictObject({ shape: z.array(z.union([z.int().positive(), z.literal(-1)])).min(1) }),
  shorthand: 'shape',
  integers: true,
  description: 'Another shape of the same values, without the batch; one axis may be -1: what is left.',
  example: '- reshape: [1, 28, 28]',
  build({ builder, input, name, dims, misfit }, { shape }) {
    const size = sizeOf(dims);
    const known = shape.filter((dim) => dim !== -1).reduce((product, dim) => product * dim, 1);
    const free = shape.filter((dim) => dim === -1).length;
    if (free > 1 || (free === 1 ? size % known !== 0 : size !== known)) {
      throw misfit(`${size} values of one example do not make the shape [${shape.join(', ')}]`);
    }
    const target = shape.map((dim) => (dim === -1 ? size / known : dim));
    // 0 keeps the batch dimension, whatever it is.
    return builder.op('Reshape', [input, builder.ints([0, ...target])], {}, name);
  },
});

export const transpose = layer({
  schema: z.strictObject({ axes: z.array(z.int().positive()).min(1).optional() }),
  shorthand: 'axes',
  integers: true,
  description:
    'Another order of the axes of one example, which count from 1; the last two swapped unless set.',
  example: '- transpose: [2, 1]',
  build({ builder, input, name, dims, misfit }, options) {
    const all = dims.map((_, index) => index + 1);
    const axes = options.axes ?? [...all.slice(0, -2), ...all.slice(-2).reverse()];
    if ([...axes].sort((a, b) => a - b).join() !== all.join()) {
      throw misfit(`axes [${axes.join(', ')}] must be ${all.join(', ')} in some order`);
    }
    return builder.op('Transpose', [input], { perm: [0, ...axes] }, name);
  },
});
