import { z } from 'zod';
import { sizeOf } from '../../onnx/tensor.ts';
import { biasInitializer, initializerSchema } from '../initializers/initializers.ts';
import { type LayerContext, layer, type ParameterInit } from './layer.ts';
import { extentSchema, paddingSchema, perAxis, slidingWindow, spatial } from './window.ts';

const schema = z.strictObject({
  filters: z.int().positive(),
  kernel: extentSchema,
  stride: extentSchema.default(1),
  padding: paddingSchema.default('valid'),
  dilation: extentSchema.default(1),
  groups: z.int().positive().default(1),
  bias: z.boolean().default(true),
  initializer: initializerSchema,
});

/** Weights [filters, channels / groups, …kernel]; 1-D, 2-D or 3-D by the input's rank. */
export const conv = layer({
  schema,
  shorthand: 'filters',
  description: 'Convolution over 1 to 3 spatial axes, channels first.',
  example: '- conv: { filters: 32, kernel: 3, padding: same }',
  build(context, options) {
    const { builder, name, input, parameter } = context;
    const { channels, sizes } = spatial(context, 'conv');
    checkGroups(context, channels, options.filters, options.groups);
    const window = slidingWindow(context, sizes, options);
    const area = sizeOf(window.kernel_shape);
    const init: ParameterInit = {
      initializer: options.initializer,
      fanIn: (channels / options.groups) * area,
      fanOut: (options.filters / options.groups) * area,
    };
    const weight = [options.filters, channels / options.groups, ...window.kernel_shape];
    const inputs = [input, parameter('weight', weight, init)];
    if (options.bias) inputs.push(bias(context, options.filters, init));
    return builder.op('Conv', inputs, { ...window, group: options.groups }, name);
  },
});

/** Weights [channels, filters / groups, …kernel]; `same` makes size * stride of every axis. */
export const convTranspose = layer({
  schema,
  shorthand: 'filters',
  description: 'Transposed convolution: what a convolution does to gradients, for growing images.',
  example: '- conv-transpose: { filters: 16, kernel: 2, stride: 2 }',
  build(context, options) {
    const { builder, name, input, parameter } = context;
    const { channels, sizes } = spatial(context, 'conv-transpose');
    checkGroups(context, channels, options.filters, options.groups);
    const axes = sizes.length;
    const kernel = perAxis(context, 'kernel', options.kernel, axes);
    const strides = perAxis(context, 'stride', options.stride, axes);
    const dilations = perAxis(context, 'dilation', options.dilation, axes);
    const reach = kernel.map((size, axis) => (size - 1) * dilations[axis]! + 1);
    const area = sizeOf(kernel);
    // PyTorch counts the fan of a transposed convolution on its second axis.
    const init: ParameterInit = {
      initializer: options.initializer,
      fanIn: (options.filters / options.groups) * area,
      fanOut: (channels / options.groups) * area,
    };
    const weight = [channels, options.filters / options.groups, ...kernel];
    const inputs = [input, parameter('weight', weight, init)];
    if (options.bias) inputs.push(bias(context, options.filters, init));
    const pads = transposePads(context, options.padding, reach, strides);
    return builder.op(
      'ConvTranspose',
      inputs,
      { kernel_shape: kernel, strides, dilations, ...pads, group: options.groups },
      name,
    );
  },
});

function transposePads(
  context: LayerContext,
  padding: z.output<typeof paddingSchema>,
  reach: readonly number[],
  strides: readonly number[],
): { pads: number[]; output_padding: number[] } {
  if (padding !== 'same') {
    const pads = perAxis(context, 'padding', padding === 'valid' ? 0 : padding, reach.length);
    return { pads: [...pads, ...pads], output_padding: reach.map(() => 0) };
  }
  // Uncropped, an axis has (size - 1) * stride + reach values; `same` wants size * stride of them.
  const surplus = reach.map((value, axis) => value - strides[axis]!);
  const crop = surplus.map((value) => Math.max(0, value));
  return {
    pads: [...crop.map((value) => value >> 1), ...crop.map((value) => value - (value >> 1))],
    output_padding: surplus.map((value) => Math.max(0, -value)),
  };
}

function bias({ parameter }: LayerContext, filters: number, init: ParameterInit): string {
  return parameter('bias', [filters], { ...init, initializer: biasInitializer(init.initializer) });
}

function checkGroups(context: LayerContext, channels: number, filters: number, groups: number): void {
  if (channels % groups !== 0 || filters % groups !== 0) {
    throw context.misfit(
      `${groups} groups divide neither evenly ${channels} channels and ${filters} filters: both must be ` +
        `multiples of groups`,
    );
  }
}
