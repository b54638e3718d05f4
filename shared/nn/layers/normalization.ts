import { z } from 'zod';
import { float32, sizeOf } from '../../onnx/tensor.ts';
import { type LayerContext, layer } from './layer.ts';

const epsilonSchema = z.number().positive().default(1e-5);
const FANS = { fanIn: 1, fanOut: 1 };

/**
 * Ioffe and Szegedy 2015. `momentum` is the share of the batch in the running statistics, as PyTorch has it:
 * running = (1 - momentum) * running + momentum * batch. The ONNX attribute is 1 - momentum.
 */
export const batchNorm = layer({
  schema: z.strictObject({
    momentum: z.number().min(0).max(1).default(0.1),
    epsilon: epsilonSchema,
  }),
  shorthand: 'momentum',
  description: 'Normalises every channel by the statistics of the batch, in use by running ones.',
  example: '- batch-norm',
  build({ builder, name, input, dims, parameter, misfit }, { momentum, epsilon }) {
    const channels = dims[0];
    if (channels === undefined) throw misfit('batch-norm needs [batch, channels, …]');
    const inputs = [
      input,
      parameter('weight', [channels], { initializer: 'ones', ...FANS }),
      parameter('bias', [channels], { initializer: 'zeros', ...FANS }),
      parameter('running_mean', [channels], { initializer: 'zeros', ...FANS }),
      parameter('running_var', [channels], { initializer: 'ones', ...FANS }),
    ];
    return builder.op('BatchNormalization', inputs, { epsilon, momentum: 1 - momentum }, name);
  },
});

/** Ba, Kiros and Hinton 2016, over the axes from `axis` on (an axis of [batch, …], negative from the end). */
export const layerNorm = layer({
  schema: z.strictObject({
    axis: z.int().default(-1),
    epsilon: epsilonSchema,
  }),
  shorthand: 'axis',
  description: 'Normalises every example by itself, over its last axis or the axes from `axis` on.',
  example: '- layer-norm',
  build(context, { axis, epsilon }) {
    const rank = context.dims.length + 1;
    const first = axis < 0 ? axis + rank : axis;
    if (first < 1 || first >= rank) {
      throw context.misfit(
        `axis ${axis} is none of the ${rank - 1} axes of one example: use -1 or 1 to ${rank - 1}`,
      );
    }
    return layerNormalize(context, context.input, { axis: first, epsilon }, context.name);
  },
});

/** @param options.axis of [batch, …], not negative */
export function layerNormalize(
  { builder, dimsOf, parameter }: LayerContext,
  value: string,
  { axis, epsilon, prefix = '' }: { axis: number; epsilon: number; prefix?: string },
  hint: string,
): string {
  const shape = dimsOf(value).slice(axis - 1);
  const inputs = [
    value,
    parameter(`${prefix}weight`, shape, { initializer: 'ones', ...FANS }),
    parameter(`${prefix}bias`, shape, { initializer: 'zeros', ...FANS }),
  ];
  return builder.op('LayerNormalization', inputs, { axis, epsilon }, hint);
}

/** Zhang and Sennrich 2019: x / sqrt(mean(x²) + epsilon), times a weight, along the last axis. */
export const rmsNorm = layer({
  schema: z.strictObject({ epsilon: epsilonSchema }),
  shorthand: 'epsilon',
  description: 'Divides by the root mean square along the last axis.',
  example: '- rms-norm',
  build(context, { epsilon }) {
    if (context.dims.length === 0) throw context.misfit('rms-norm needs [batch, …, features]');
    return rmsNormalize(context, context.input, { epsilon }, context.name);
  },
});

export function rmsNormalize(
  { builder, name, dimsOf, parameter }: LayerContext,
  value: string,
  { epsilon, prefix = '' }: { epsilon: number; prefix?: string },
  hint: string,
): string {
  const features = dimsOf(value).at(-1)!;
  const path = `${name}/${prefix}`;
  const weight = parameter(`${prefix}weight`, [features], { initializer: 'ones', ...FANS });
  const squares = builder.op(
    'ReduceSumSquare',
    [value, builder.ints([-1])],
    { keepdims: 1 },
    `${path}squares`,
  );
  const mean = builder.op('Div', [squares, builder.scalar(features)], {}, `${path}mean_square`);
  const shifted = builder.op('Add', [mean, builder.scalar(epsilon)], {}, `${path}shifted`);
  const root = builder.op('Sqrt', [shifted], {}, `${path}root`);
  const divided = builder.op('Div', [value, root], {}, `${path}divided`);
  return builder.op('Mul', [divided, weight], {}, hint);
}

/** Wu and He 2018. */
export const groupNorm = layer({
  schema: z.strictObject({ groups: z.int().positive(), epsilon: epsilonSchema }),
  shorthand: 'groups',
  description: 'Normalises every example by itself, over groups of channels.',
  example: '- group-norm: 2',
  build(context, { groups, epsilon }) {
    const channels = context.dims[0];
    if (channels === undefined || context.dims.length < 2 || channels % groups !== 0) {
      throw context.misfit(
        `group-norm needs [batch, channels, …] with channels that ${groups} groups divide`,
      );
    }
    return overGroups(context, groups, epsilon);
  },
});

/** Ulyanov, Vedaldi and Lempitsky 2016: a group for each channel. */
export const instanceNorm = layer({
  schema: z.strictObject({ epsilon: epsilonSchema }),
  shorthand: 'epsilon',
  description: 'Normalises every channel of every example by itself.',
  example: '- instance-norm',
  build(context, { epsilon }) {
    const channels = context.dims[0];
    if (channels === undefined || context.dims.length < 2) {
      throw context.misfit('instance-norm needs [batch, channels, …]');
    }
    return overGroups(context, channels, epsilon);
  },
});

/**
 * LayerNormalization of each group, then scale and bias per channel. InstanceNormalization does not run on WebGPU, and
 * GroupNormalization of opset 18 has a scale per group where every framework has one per channel.
 */
function overGroups(
  { builder, name, input, dims, parameter }: LayerContext,
  groups: number,
  epsilon: number,
): string {
  const [channels, ...places] = dims as [number, ...number[]];
  const size = sizeOf(dims) / groups;
  const each = places.map(() => 1);
  const weight = parameter('weight', [channels], { initializer: 'ones', ...FANS });
  const bias = parameter('bias', [channels], { initializer: 'zeros', ...FANS });
  const rows = builder.op('Reshape', [input, builder.ints([0, groups, size])], {}, `${name}/groups`);
  const ones = builder.constant(float32([size], new Float32Array(size).fill(1)), 'ones');
  const normal = builder.op('LayerNormalization', [rows, ones], { axis: 2, epsilon }, `${name}/normal`);
  const back = builder.op('Reshape', [normal, builder.ints([0, ...dims])], {}, `${name}/channels`);
  const perChannel = (value: string) => builder.op('Reshape', [value, builder.ints([channels, ...each])]);
  const scaled = builder.op('Mul', [back, perChannel(weight)], {}, `${name}/scaled`);
  return builder.op('Add', [scaled, perChannel(bias)], {}, name);
}
