import { z } from 'zod';
import { sizeOf } from '../../onnx/tensor.ts';
import { layer } from './layer.ts';

export const flatten = layer({
  schema: z.strictObject({}),
  description: 'One axis for all values of an example: [batch, …] becomes [batch, features].',
  example: '- flatten',
  build: ({ builder, input, name }) => builder.op('Flatten', [input], { axis: 1 }, name),
});

export const reshape = layer({
  schema: z.strictObject({ shape: z.array(z.union([z.int().positive(), z.literal(-1)])).min(1) }),
  shorthand: 'shape',
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
