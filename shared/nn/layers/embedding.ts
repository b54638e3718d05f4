import { z } from 'zod';
import { float32 } from '../../onnx/tensor.ts';
import { initializerSchema, smallNormalSchema } from '../initializers/initializers.ts';
import { layer } from './layer.ts';
import { fromRows, sequenceOf, toRows } from './linear.ts';

/** Rows of a table [vocabulary, size] by whole numbers from 0; numbers that come as float32 are cut to whole ones. */
export const embedding = layer({
  schema: z.strictObject({
    size: z.int().positive(),
    vocabulary: z.int().positive(),
    initializer: smallNormalSchema,
  }),
  integers: true,
  description: 'A learned vector for every token id or category: [batch, …] becomes [batch, …, size].',
  example: '- embedding: { vocabulary: 100, size: 32 }',
  build({ builder, input, name, parameter }, { size, vocabulary, initializer }) {
    const type = builder.typeOf(input).type;
    const ids = type === 'float32' ? builder.op('Cast', [input], { to: 'int32' }, `${name}/ids`) : input;
    const table = parameter('weight', [vocabulary, size], { initializer, fanIn: size, fanOut: vocabulary });
    return builder.op('Gather', [table, ids], { axis: 0 }, name);
  },
});

/**
 * Press and Wolf 2017: the table of an embedding as the weights of the last layer, logits = x Eᵀ. One parameter with
 * two uses: its gradient is the sum of both.
 */
export const logitsOf = layer({
  schema: z.strictObject({ layer: z.string().min(1).default('embedding1') }),
  shorthand: 'layer',
  description:
    'Logits by the table of an embedding before it (tied weights): [batch, …, size] becomes [batch, …, vocabulary].',
  example: '- logits-of: embedding1',
  build(context, options) {
    const { builder, input, dims, name, misfit } = context;
    const table = `${options.layer}.weight`;
    const shape = builder.isConstant(table)?.dims;
    if (shape?.length !== 2) {
      throw misfit(
        `there is no embedding '${options.layer}' before this layer: name one as \`embedding1\`, the first in the list`,
      );
    }
    if (dims.at(-1) !== shape[1]) {
      throw misfit(
        `'${options.layer}' has vectors of ${shape[1]}: put \`- dense: ${shape[1]}\` before this layer`,
      );
    }
    if (dims.length === 1) return builder.op('Gemm', [input, table], { transB: 1 }, name);
    const rows = builder.op('Gemm', [toRows(context, input), table], { transB: 1 }, `${name}/rows`);
    return fromRows(context, rows, dims.slice(0, -1), name);
  },
});

export const positions = layer({
  schema: z.strictObject({
    kind: z.enum(['learned', 'sinusoidal']).default('learned'),
    initializer: smallNormalSchema,
  }),
  shorthand: 'kind',
  description:
    'Adds a vector for every position of a sequence: learned, or sines and cosines (Vaswani et al. 2017).',
  example: '- positions: learned',
  build(context, { kind, initializer }) {
    const { builder, input, name, parameter } = context;
    const { time, features } = sequenceOf(context, 'positions');
    const vectors =
      kind === 'learned'
        ? parameter('weight', [time, features], { initializer, fanIn: features, fanOut: time })
        : builder.constant(float32([time, features], sinusoids(time, features)), 'sinusoids');
    return builder.op('Add', [input, vectors], {}, name);
  },
});

/** sin(t / 10000^(2i / features)) at even places, cosines at odd ones. */
function sinusoids(time: number, features: number): Float32Array {
  return Float32Array.from({ length: time * features }, (_, index) => {
    const [at, place] = [Math.floor(index / features), index % features];
    const angle = at / 10000 ** ((2 * Math.floor(place / 2)) / features);
    return place % 2 === 0 ? Math.sin(angle) : Math.cos(angle);
  });
}

/**
 * Dosovitskiy et al. 2021: a learned vector before the sequence, in which a transformer gathers what the head reads. Padding
 * the sequence and adding the padded token needs no computed shape.
 */
export const classToken = layer({
  schema: z.strictObject({ initializer: smallNormalSchema }),
  description:
    'A learned vector before the sequence: [batch, time, features] becomes [batch, time + 1, features].',
  example: '- class-token',
  build(context, { initializer }) {
    const { builder, input, name, parameter } = context;
    const { time, features } = sequenceOf(context, 'class-token');
    const token = parameter('weight', [1, features], { initializer, fanIn: features, fanOut: 1 });
    const moved = builder.op('Pad', [input, builder.ints([0, 1, 0, 0, 0, 0])], {}, `${name}/moved`);
    const row = builder.op('Pad', [token, builder.ints([0, 0, time, 0])], {}, `${name}/row`);
    return builder.op('Add', [moved, row], {}, name);
  },
});

/** Dosovitskiy et al. 2021: squares of an image, each projected to a vector, row by row. */
export const patches = layer({
  schema: z.strictObject({
    size: z.int().positive(),
    features: z.int().positive(),
    bias: z.boolean().default(true),
    initializer: initializerSchema,
  }),
  description:
    'Squares of an image as a sequence of vectors: [batch, channels, height, width] becomes [batch, squares, features].',
  example: '- patches: { size: 4, features: 64 }',
  build(context, { size, features, bias, initializer }) {
    const { builder, input, name, dims, dimsOf, misfit, parameter } = context;
    const [channels, height, width] = dims;
    if (channels === undefined || dims.length !== 3 || height! % size !== 0 || width! % size !== 0) {
      throw misfit(
        `patches needs images [batch, channels, height, width] of which ${size} divides height and width: set ` +
          'data.features.shape and a fitting size',
      );
    }
    const area = channels * size * size;
    const fans = { fanIn: area, fanOut: features };
    const inputs = [input, parameter('weight', [features, channels, size, size], { initializer, ...fans })];
    if (bias) inputs.push(parameter('bias', [features], { initializer: 'zeros', ...fans }));
    const attributes = { kernel_shape: [size, size], strides: [size, size] };
    const image = builder.op('Conv', inputs, attributes, `${name}/squares`);
    const count = dimsOf(image)[1]! * dimsOf(image)[2]!;
    const flat = builder.op('Reshape', [image, builder.ints([0, features, count])], {}, `${name}/flat`);
    return builder.op('Transpose', [flat], { perm: [0, 2, 1] }, name);
  },
});
