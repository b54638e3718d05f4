import type { TfTensor } from '../load.ts';
import type { Call } from './operator.ts';

/** Where a sliding window stands: the geometry that Conv, ConvTranspose and the pools share (two dimensions). */
export interface Window {
  readonly kernel: readonly [number, number];
  readonly strides: readonly [number, number];
  readonly dilations: readonly [number, number];
  /** [top, bottom, left, right] */
  readonly pads: readonly [number, number, number, number];
}

type Pair = readonly [number, number];

/**
 * Reads the window's attributes for an input [batch, channels, …spatial] of one or two spatial dimensions.
 *
 * @throws EngineError for three spatial dimensions.
 */
export function windowOf(call: Call, spatial: readonly number[], kernel: readonly number[]): Window {
  const strides = call.numbers('strides') ?? kernel.map(() => 1);
  const dilations = call.numbers('dilations') ?? kernel.map(() => 1);
  const pads = padsOf(call, spatial, kernel, strides, dilations);
  const half = kernel.length;
  if (half === 1) {
    return {
      kernel: [1, kernel[0]!],
      strides: [1, strides[0]!],
      dilations: [1, dilations[0]!],
      pads: [0, 0, pads[0]!, pads[1]!],
    };
  }
  return {
    kernel: kernel as unknown as Pair,
    strides: strides as unknown as Pair,
    dilations: dilations as unknown as Pair,
    pads: [pads[0]!, pads[2]!, pads[1]!, pads[3]!],
  };
}

/** All begins, then all ends. https://onnx.ai/onnx/operators/onnx__Conv.html, `auto_pad`. */
function padsOf(
  call: Call,
  spatial: readonly number[],
  kernel: readonly number[],
  strides: readonly number[],
  dilations: readonly number[],
): number[] {
  const mode = call.string('auto_pad', 'NOTSET');
  if (mode === 'NOTSET') return call.numbers('pads') ?? kernel.flatMap(() => [0, 0]);
  if (mode === 'VALID') return kernel.flatMap(() => [0, 0]);
  const totals = spatial.map((size, axis) => {
    const covered = (Math.ceil(size / strides[axis]!) - 1) * strides[axis]! + reach(kernel, dilations, axis);
    return Math.max(0, covered - size);
  });
  const smaller = totals.map((total) => Math.floor(total / 2));
  const larger = totals.map((total) => Math.ceil(total / 2));
  return mode === 'SAME_UPPER' ? [...smaller, ...larger] : [...larger, ...smaller];
}

function reach(kernel: readonly number[], dilations: readonly number[], axis: number): number {
  return (kernel[axis]! - 1) * dilations[axis]! + 1;
}

/** [batch, channels, …spatial] as [batch, height, width, channels]; one spatial dimension becomes the width. */
export function toImage(call: Call, x: TfTensor): TfTensor {
  const { tf } = call;
  if (x.rank === 3) return tf.expandDims(tf.transpose(x, [0, 2, 1]), 1);
  if (x.rank === 4) return tf.transpose(x, [0, 2, 3, 1]);
  return call.fail(`it has ${x.rank - 2} spatial dimensions, one or two are supported`);
}

/** The way back, to the rank that came in. */
export function fromImage(call: Call, image: TfTensor, rank: number): TfTensor {
  const { tf } = call;
  return rank === 3 ? tf.transpose(tf.squeeze(image, [1]), [0, 2, 1]) : tf.transpose(image, [0, 3, 1, 2]);
}

/** Pads height and width of an image by [top, bottom, left, right]; negative amounts cut off. */
export function padImage(
  { tf }: Call,
  image: TfTensor,
  pads: readonly [number, number, number, number],
  value = 0,
): TfTensor {
  const [top, bottom, left, right] = pads;
  let out = image;
  if (pads.some((amount) => amount > 0)) {
    out = tf.pad(
      out,
      [
        [0, 0],
        [Math.max(0, top), Math.max(0, bottom)],
        [Math.max(0, left), Math.max(0, right)],
        [0, 0],
      ],
      value,
    );
  }
  if (pads.every((amount) => amount >= 0)) return out;
  const [batch, height, width, channels] = out.shape as [number, number, number, number];
  const [fromTop, fromLeft] = [Math.max(0, -top), Math.max(0, -left)];
  return tf.slice(
    out,
    [0, fromTop, fromLeft, 0],
    [batch, height - fromTop - Math.max(0, -bottom), width - fromLeft - Math.max(0, -right), channels],
  );
}

/**
 * A kernel [height, width, a, b] with the gaps of its dilation filled with zeros: TensorFlow.js has no gradient
 * of a dilated convolution.
 */
export function dilated({ tf }: Call, kernel: TfTensor, [down, across]: readonly [number, number]): TfTensor {
  if (down === 1 && across === 1) return kernel;
  const [height, width, a, b] = kernel.shape as [number, number, number, number];
  const spread = tf.pad(tf.reshape(kernel, [height, 1, width, 1, a * b]), [
    [0, 0],
    [0, down - 1],
    [0, 0],
    [0, across - 1],
    [0, 0],
  ]);
  return tf.slice(
    tf.reshape(spread, [height * down, width * across, a, b]),
    [0, 0, 0, 0],
    [(height - 1) * down + 1, (width - 1) * across + 1, a, b],
  );
}
