import { z } from 'zod';
import type { Attributes } from '../../onnx/attributes.ts';
import { float32 } from '../../onnx/tensor.ts';
import { initializerSchema } from '../initializers/initializers.ts';
import { hardSigmoidOf } from './hard-sigmoid.ts';
import { layer } from './layer.ts';
import { linearRows } from './linear.ts';
import { spatial } from './window.ts';

export const upsample = layer({
  schema: z.strictObject({
    scale: z.int().min(2).default(2),
    mode: z.enum(['nearest', 'linear']).default('nearest'),
  }),
  shorthand: 'scale',
  description: 'Makes images larger: every value several times, or linear between the centres of pixels.',
  example: '- upsample: 2',
  build(context, { scale, mode }) {
    const { builder, input, name } = context;
    const { sizes } = spatial(context, 'upsample');
    const scales = builder.constant(float32([sizes.length + 2], [1, 1, ...sizes.map(() => scale)]), 'scales');
    // As PyTorch's align_corners=False.
    const attributes: Attributes =
      mode === 'nearest'
        ? { mode, coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' }
        : { mode, coordinate_transformation_mode: 'half_pixel' };
    return builder.op('Resize', [input, '', scales], attributes, name);
  },
});

/** Hu et al. 2018: every channel times a factor of 0 to 1 that two dense layers make of all channels' means. */
export const squeezeExcite = layer({
  schema: z.strictObject({
    units: z
      .int()
      .positive()
      .optional()
      .meta({ description: 'Units between; a quarter of the channels when left out.' }),
    gate: z.enum(['sigmoid', 'hard-sigmoid']).default('sigmoid'),
    initializer: initializerSchema,
  }),
  shorthand: 'units',
  description: 'Weighs channels by what the whole image shows.',
  example: '- squeeze-excite',
  build(context, { units, gate, initializer }) {
    const { builder, input, name } = context;
    const { channels, sizes } = spatial(context, 'squeeze-excite');
    const axes = builder.ints(sizes.map((_, axis) => axis + 2));
    const means = builder.op('ReduceMean', [input, axes], { keepdims: 0 }, `${name}/means`);
    const narrow = units ?? Math.max(1, Math.floor(channels / 4));
    const squeezed = linearRows(context, means, { units: narrow, bias: true, initializer, prefix: 'fc1.' });
    const active = builder.op('Relu', [squeezed], {}, `${name}/active`);
    const excited = linearRows(context, active, { units: channels, bias: true, initializer, prefix: 'fc2.' });
    const factors =
      gate === 'sigmoid'
        ? builder.op('Sigmoid', [excited], {}, `${name}/factors`)
        : hardSigmoidOf(builder, excited, `${name}/factors`);
    const shape = builder.ints([0, channels, ...sizes.map(() => 1)]);
    return builder.op('Mul', [input, builder.op('Reshape', [factors, shape])], {}, name);
  },
});
