import { z } from 'zod';
import { positionsOf } from '../specs.ts';
import { type ModelData, model } from './model-row.ts';
import { asSequence, vocabularyOf } from './sequence.ts';

const sizes = {
  layers: z.int().positive().default(4),
  heads: z.int().positive().default(4),
  size: z.int().positive().default(128),
  ffn: z.int().positive().optional(),
  dropout: z.number().min(0).lt(1).default(0),
};

/**
 * Radford et al. 2019: a decoder whose every position predicts the next token. With `norm: rms`, `positions: rotary`,
 * `activation: swiglu` and `bias: false` it is LLaMA's (Touvron et al. 2023). The context is the features' length.
 */
export const gpt = model({
  schema: z.strictObject({
    ...sizes,
    'kv-heads': z.int().positive().optional(),
    positions: z.enum(['learned', 'sinusoidal', 'rotary']).default('learned'),
    norm: z.enum(['layer', 'rms']).default('layer'),
    activation: z.enum(['gelu', 'gelu-tanh', 'silu', 'swiglu', 'geglu', 'relu']).default('gelu'),
    bias: z.boolean().default(true),
    /** The last layer's weights are the embedding's. */
    tied: z.boolean().default(true),
    vocabulary: z.int().positive().optional(),
  }),
  description:
    'A decoder-only transformer over token ids: the next token at each position, or a class of the whole.',
  example: '{ gpt: { layers: 4, heads: 4, size: 128, positions: rotary, norm: rms } }',
  layers(options, _shape, outputs, data) {
    const { layers, size, positions, dropout, tied, bias } = options;
    const vocabulary = vocabularyOf(options.vocabulary, outputs, data);
    const each = positionsOf(data.target).length > 0;
    const head = { dense: { units: outputs, bias: false, initializer: { normal: 0.02 } } };
    return [
      { embedding: { size, vocabulary } },
      ...(positions === 'rotary' ? [] : [{ positions }]),
      ...(dropout > 0 ? [{ dropout }] : []),
      ...blocks(layers, {
        ...shared(options),
        ...(options['kv-heads'] ? { 'kv-heads': options['kv-heads'] } : {}),
        activation: options.activation,
        norm: options.norm,
        bias,
        causal: true,
        rotary: positions === 'rotary',
      }),
      options.norm === 'rms' ? 'rms-norm' : 'layer-norm',
      ...(each ? [] : [{ 'pool-time': 'last' }]),
      tied && each && vocabulary === outputs ? { 'logits-of': 'embedding1' } : head,
    ];
  },
});

/** Devlin et al. 2019: an encoder that sees the whole sequence. */
export const bert = model({
  schema: z.strictObject({
    ...sizes,
    vocabulary: z.int().positive().optional(),
    padding: z
      .int()
      .nonnegative()
      .optional()
      .meta({ description: 'Token id of padding, which nothing attends to.' }),
    pool: z.enum(['first', 'mean']).default('first').meta({ description: 'What the classifier reads.' }),
  }),
  description:
    'An encoder over token ids: a class of the whole, or logits at each position when the target has positions.',
  example: '{ bert: { layers: 2, heads: 4, size: 128, vocabulary: 1000, padding: 0 } }',
  layers(options, _shape, outputs, data) {
    const { layers, size, dropout, padding, pool } = options;
    const vocabulary = vocabularyOf(options.vocabulary, outputs, data);
    const each = positionsOf(data.target).length > 0;
    const small = { initializer: { normal: 0.02 } };
    const ignored = padding === undefined ? {} : { padding };
    return [
      { embedding: { size, vocabulary } },
      'positions',
      { 'layer-norm': { epsilon: 1e-12 } },
      ...(dropout > 0 ? [{ dropout }] : []),
      ...blocks(layers, { ...shared(options), ...ignored, order: 'post', epsilon: 1e-12, depth: 1 }),
      ...(each
        ? [{ dense: { units: size, ...small } }, 'gelu', { 'layer-norm': { epsilon: 1e-12 } }]
        : [
            { 'pool-time': { by: pool, ...(pool === 'mean' ? ignored : {}) } },
            { dense: { units: size, ...small } },
            'tanh',
            ...(dropout > 0 ? [{ dropout }] : []),
          ]),
      { dense: { units: outputs, ...small } },
    ];
  },
});

/** Dosovitskiy et al. 2021. */
export const vit = model({
  schema: z.strictObject({
    ...sizes,
    patch: z.int().positive().default(4),
    pool: z.enum(['token', 'mean']).default('token'),
  }),
  description: 'A vision transformer: patches of an image as a sequence.',
  example: '{ vit: { patch: 2, layers: 2, heads: 4, size: 64 } }',
  layers: (options, _shape, outputs) => [
    { patches: { size: options.patch, features: options.size, initializer: { 'truncated-normal': 0.02 } } },
    ...(options.pool === 'token' ? ['class-token'] : []),
    'positions',
    ...(options.dropout > 0 ? [{ dropout: options.dropout }] : []),
    ...blocks(options.layers, { ...shared(options), depth: 1 }),
    'layer-norm',
    { 'pool-time': options.pool === 'token' ? 'first' : 'mean' },
    { dense: { units: outputs, initializer: { normal: 0.02 } } },
  ],
});

/** An encoder over sequences of numbers: sensor readings, rows of an image. */
export const encoder = model({
  schema: z.strictObject({ ...sizes, positions: z.enum(['learned', 'sinusoidal']).default('learned') }),
  description:
    'A transformer over sequences of numbers [time, features]: a class, or a number, of the whole or at each position.',
  example: '{ encoder: { layers: 2, heads: 4, size: 64 } }',
  layers(options, shape, outputs, { target }: ModelData) {
    return [
      ...asSequence(shape),
      { dense: options.size },
      { positions: options.positions },
      ...blocks(options.layers, shared(options)),
      'layer-norm',
      ...(positionsOf(target).length > 0 ? [] : [{ 'pool-time': 'mean' }]),
      { dense: outputs },
    ];
  },
});

function shared(options: { layers: number; heads: number; ffn?: number | undefined; dropout: number }) {
  const { heads, ffn, dropout, layers } = options;
  return { heads, dropout, depth: layers, ...(ffn ? { ffn } : {}) };
}

function blocks(count: number, options: object): unknown[] {
  return Array.from({ length: count }, () => ({ transformer: options }));
}
