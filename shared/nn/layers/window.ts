import { z } from 'zod';
import type { LayerContext } from './layer.ts';

/** A size per spatial axis; one number stands for all of them. */
export const extentSchema = z.union([z.int().positive(), z.array(z.int().positive()).min(1).max(3)]);
export const paddingSchema = z.union([
  z.enum(['valid', 'same']),
  z.int().nonnegative(),
  z.array(z.int().nonnegative()).min(1).max(3),
]);

export type Extent = number | readonly number[];
export type Padding = 'valid' | 'same' | number | readonly number[];

export interface Window {
  readonly kernel_shape: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  /** Begin of every axis, then end of every axis, as ONNX has it. */
  readonly pads: readonly number[];
}

/** Channels and spatial sizes of an input [batch, channels, …1 to 3 axes], or an error that says what came. */
export function spatial(context: LayerContext, type: string): { channels: number; sizes: readonly number[] } {
  const [channels, ...sizes] = context.dims;
  if (channels === undefined || sizes.length < 1 || sizes.length > 3) {
    throw context.misfit(
      `${type} needs [batch, channels, length], [batch, channels, height, width] or one axis more: ` +
        'set data.features.shape, for images [channels, height, width]',
    );
  }
  return { channels, sizes };
}

/** One number per spatial axis. */
export function perAxis(context: LayerContext, option: string, extent: Extent, axes: number): number[] {
  if (typeof extent === 'number') return new Array<number>(axes).fill(extent);
  if (extent.length !== axes) {
    throw context.misfit(`${option} has ${extent.length} values but the input has ${axes} spatial axes`);
  }
  return [...extent];
}

/**
 * A sliding window's attributes. `same` gives ceil(size / stride) outputs, an odd padding goes to the end, as
 * ONNX's SAME_UPPER and TensorFlow; written out as numbers because the sizes are known.
 */
export function slidingWindow(
  context: LayerContext,
  sizes: readonly number[],
  options: { kernel: Extent; stride: Extent; padding: Padding; dilation?: Extent },
): Window {
  const axes = sizes.length;
  const kernel = perAxis(context, 'kernel', options.kernel, axes);
  const strides = perAxis(context, 'stride', options.stride, axes);
  const dilations = perAxis(context, 'dilation', options.dilation ?? 1, axes);
  const reach = kernel.map((size, axis) => (size - 1) * dilations[axis]! + 1);
  const pads =
    options.padding === 'same'
      ? samePads(sizes, reach, strides)
      : symmetric(perAxis(context, 'padding', options.padding === 'valid' ? 0 : options.padding, axes));
  sizes.forEach((size, axis) => {
    const padded = size + pads[axis]! + pads[axis + axes]!;
    if (padded < reach[axis]!) {
      throw context.misfit(
        `a window of ${reach[axis]} does not fit ${size} values on spatial axis ${axis}: ` +
          'use a smaller kernel, or `padding: same`',
      );
    }
  });
  return { kernel_shape: kernel, strides, dilations, pads };
}

function samePads(sizes: readonly number[], reach: readonly number[], strides: readonly number[]): number[] {
  const total = sizes.map((size, axis) => {
    const stride = strides[axis]!;
    return Math.max(0, (Math.ceil(size / stride) - 1) * stride + reach[axis]! - size);
  });
  return [...total.map((pad) => pad >> 1), ...total.map((pad) => pad - (pad >> 1))];
}

function symmetric(pads: readonly number[]): number[] {
  return [...pads, ...pads];
}
