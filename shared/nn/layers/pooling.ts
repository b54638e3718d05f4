import { z } from 'zod';
import { type LayerContext, layer } from './layer.ts';
import { extentSchema, paddingSchema, slidingWindow, spatial } from './window.ts';

const schema = z.strictObject({
  kernel: extentSchema.default(2),
  stride: extentSchema.optional(),
  padding: paddingSchema.default('valid'),
});

export const maxPool = layer({
  schema,
  shorthand: 'kernel',
  description: 'The largest value of every window; the stride is the kernel unless set.',
  example: '- max-pool: 2',
  build: (context, options) => pool(context, 'MaxPool', 'max-pool', options),
});

export const averagePool = layer({
  schema,
  shorthand: 'kernel',
  description: 'The mean of every window, padding not counted; the stride is the kernel unless set.',
  example: '- average-pool: 2',
  build: (context, options) => pool(context, 'AveragePool', 'average-pool', options),
});

// Reductions, not GlobalAveragePool and GlobalMaxPool: they also run on WebGPU, and drop the axes of size one.
export const globalAveragePool = layer({
  schema: z.strictObject({}),
  description: 'The mean of every channel: [batch, channels, …] becomes [batch, channels].',
  example: '- global-average-pool',
  build: (context) => globalPool(context, 'ReduceMean', 'global-average-pool'),
});

export const globalMaxPool = layer({
  schema: z.strictObject({}),
  description: 'The largest value of every channel: [batch, channels, …] becomes [batch, channels].',
  example: '- global-max-pool',
  build: (context) => globalPool(context, 'ReduceMax', 'global-max-pool'),
});

function pool(context: LayerContext, op: string, type: string, options: z.output<typeof schema>): string {
  const { sizes } = spatial(context, type);
  const { kernel, padding, stride = kernel } = options;
  const { dilations: _, ...window } = slidingWindow(context, sizes, { kernel, stride, padding });
  return context.builder.op(op, [context.input], { ...window }, context.name);
}

function globalPool(context: LayerContext, op: string, type: string): string {
  const { builder, input, name } = context;
  const axes = spatial(context, type).sizes.map((_, axis) => axis + 2);
  return builder.op(op, [input, builder.ints(axes)], { keepdims: 0 }, name);
}
