import { z } from 'zod';
import { layer } from './layer.ts';

/**
 * Ioffe and Szegedy 2015. `momentum` is the share of the batch in the running statistics, as PyTorch has it:
 * running = (1 - momentum) * running + momentum * batch. The ONNX attribute is 1 - momentum.
 */
export const batchNorm = layer({
  schema: z.strictObject({
    momentum: z.number().min(0).max(1).default(0.1),
    epsilon: z.number().positive().default(1e-5),
  }),
  shorthand: 'momentum',
  description: 'Normalises every channel by the statistics of the batch, in use by running ones.',
  example: '- batch-norm',
  build({ builder, name, input, dims, parameter, misfit }, { momentum, epsilon }) {
    const channels = dims[0];
    if (channels === undefined) throw misfit('batch-norm needs [batch, channels, …]');
    const fans = { fanIn: 1, fanOut: 1 };
    const inputs = [
      input,
      parameter('weight', [channels], { initializer: 'ones', ...fans }),
      parameter('bias', [channels], { initializer: 'zeros', ...fans }),
      parameter('running_mean', [channels], { initializer: 'zeros', ...fans }),
      parameter('running_var', [channels], { initializer: 'ones', ...fans }),
    ];
    return builder.op('BatchNormalization', inputs, { epsilon, momentum: 1 - momentum }, name);
  },
});

/** Ba, Kiros and Hinton 2016, over the axes from `axis` on (an axis of [batch, …], negative from the end). */
export const layerNorm = layer({
  schema: z.strictObject({
    axis: z.int().default(-1),
    epsilon: z.number().positive().default(1e-5),
  }),
  shorthand: 'axis',
  description: 'Normalises every example by itself, over its last axis or the axes from `axis` on.',
  example: '- layer-norm',
  build({ builder, name, input, dims, parameter, misfit }, { axis, epsilon }) {
    const rank = dims.length + 1;
    const first = axis < 0 ? axis + rank : axis;
    if (first < 1 || first >= rank) {
      throw misfit(
        `axis ${axis} is none of the ${dims.length} axes of one example: use -1 or 1 to ${rank - 1}`,
      );
    }
    const shape = dims.slice(first - 1);
    const fans = { fanIn: 1, fanOut: 1 };
    const inputs = [
      input,
      parameter('weight', shape, { initializer: 'ones', ...fans }),
      parameter('bias', shape, { initializer: 'zeros', ...fans }),
    ];
    return builder.op('LayerNormalization', inputs, { axis: first, epsilon }, name);
  },
});
