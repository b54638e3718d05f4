import { z } from 'zod';
import { hardSigmoidOf } from './hard-sigmoid.ts';
import { elementwise, layer } from './layer.ts';

const none = z.strictObject({});

export const relu = elementwise('Relu', 'max(x, 0).', '- relu', none);
export const selu = elementwise(
  'Selu',
  'Scaled ELU that keeps mean and variance (Klambauer et al. 2017).',
  '- selu',
  none,
);
export const sigmoid = elementwise('Sigmoid', '1 / (1 + e^-x).', '- sigmoid', none);
export const tanh = elementwise('Tanh', 'Hyperbolic tangent.', '- tanh', none);
export const softplus = elementwise('Softplus', 'log(1 + e^x).', '- softplus', none);
export const hardSwish = elementwise(
  'HardSwish',
  'x * clip(x / 6 + 1/2, 0, 1) (Howard et al. 2019).',
  '- hard-swish',
  none,
);

export const softsign = elementwise('Softsign', 'x / (1 + |x|).', '- softsign', none);
export const mish = elementwise('Mish', 'x * tanh(softplus(x)) (Misra 2019).', '- mish', none);

export const relu6 = layer({
  schema: none,
  description: 'clip(x, 0, 6) (Howard et al. 2017).',
  example: '- relu6',
  build: ({ builder, input, name }) =>
    builder.op('Clip', [input, builder.scalar(0), builder.scalar(6)], {}, name),
});

export const hardSigmoid = layer({
  schema: none,
  description: 'clip(x / 6 + 1/2, 0, 1).',
  example: '- hard-sigmoid',
  build: ({ builder, input, name }) => hardSigmoidOf(builder, input, name),
});

export const celu = layer({
  schema: z.strictObject({ alpha: z.number().positive().default(1) }),
  shorthand: 'alpha',
  description: 'x, or alpha * (e^(x / alpha) - 1) below zero (Barron 2017).',
  example: '- celu',
  build: ({ builder, input, name }, { alpha }) => builder.op('Celu', [input], { alpha }, name),
});

/** He et al. 2015, a slope for each channel. */
export const prelu = layer({
  schema: z.strictObject({ start: z.number().default(0.25) }),
  shorthand: 'start',
  description:
    'x, or below zero a learned multiple of x, one for each channel; `start` is what it begins with.',
  example: '- prelu',
  build({ builder, input, name, dims, parameter }, { start }) {
    const shape = [dims[0] ?? 1, ...dims.slice(1).map(() => 1)];
    const slope = parameter('weight', shape, { initializer: { constant: start }, fanIn: 1, fanOut: 1 });
    return builder.op('PRelu', [input, slope], {}, name);
  },
});

export const leakyRelu = layer({
  schema: z.strictObject({ alpha: z.number().default(0.01) }),
  shorthand: 'alpha',
  description: 'x, or alpha * x below zero.',
  example: '- leaky-relu: 0.01',
  build: ({ builder, input, name }, { alpha }) => builder.op('LeakyRelu', [input], { alpha }, name),
});

export const elu = layer({
  schema: z.strictObject({ alpha: z.number().default(1) }),
  shorthand: 'alpha',
  description: 'x, or alpha * (e^x - 1) below zero (Clevert et al. 2016).',
  example: '- elu',
  build: ({ builder, input, name }, { alpha }) => builder.op('Elu', [input], { alpha }, name),
});

export const gelu = layer({
  schema: z.strictObject({ approximate: z.enum(['none', 'tanh']).default('none') }),
  shorthand: 'approximate',
  description: 'x * Φ(x), Φ the normal distribution, exact or by tanh (Hendrycks and Gimpel 2016).',
  example: '- gelu',
  build: ({ builder, input, name }, { approximate }) => builder.op('Gelu', [input], { approximate }, name),
});

export const silu = layer({
  schema: none,
  description: 'x * sigmoid(x), also called swish.',
  example: '- silu',
  build: ({ builder, input, name }) =>
    builder.op('Mul', [input, builder.op('Sigmoid', [input], {}, `${name}/sigmoid`)], {}, name),
});

export const softmax = layer({
  schema: z.strictObject({ axis: z.int().default(-1) }),
  shorthand: 'axis',
  description: 'Probabilities along an axis. Not at the end of a classifier: cross-entropy takes logits.',
  example: '- softmax',
  build({ builder, input, name, dims, misfit }, { axis }) {
    const rank = dims.length + 1;
    if ((axis < 0 ? axis + rank : axis) < 1 || axis >= rank) {
      throw misfit(`axis ${axis} is none of one example's axes: use -1 or 1 to ${rank - 1}`);
    }
    return builder.op('Softmax', [input], { axis }, name);
  },
});
