import type { TfTensor } from '../load.ts';
import type { Call, OperatorTable } from './operator.ts';
import { fromImage, padImage, toImage, type Window, windowOf } from './window.ts';

type Image = import('@tensorflow/tfjs').Tensor4D;

/** Pools of one or two spatial dimensions. */
export const pooling: OperatorTable = {
  MaxPool: (call) => {
    const { tf } = call;
    if (call.node.outputs.length > 1) call.fail('its second output, Indices, is not supported');
    const x = call.input(0);
    const window = poolWindow(call, x);
    // Lower than any float32 and finite: minus infinity times the zero of a gradient is NaN.
    const image = padImage(call, toImage(call, x), outerPads(call, x, window), -3.4e38);
    return fromImage(call, pool(call, image, window, 'max'), x.rank);

    function pool(_: Call, from: TfTensor, { kernel, strides, dilations }: Window, kind: 'max'): TfTensor {
      return tf.pool(from as Image, [...kernel], kind, 'valid', [...dilations], [...strides]);
    }
  },

  AveragePool: (call) => {
    const { tf } = call;
    const x = call.input(0);
    const window = poolWindow(call, x);
    const image = toImage(call, x);
    const outer = outerPads(call, x, window);
    const average = (from: TfTensor): TfTensor =>
      tf.pool(from as Image, [...window.kernel], 'avg', 'valid', [...window.dilations], [...window.strides]);
    const mean = average(padImage(call, image, outer));
    if (outer.every((amount) => amount === 0)) return fromImage(call, mean, x.rank);
    // What counts in the divisor: the input, by choice its padding, never what ceil_mode went beyond.
    const ones = tf.ones([1, image.shape[1]!, image.shape[2]!, 1]);
    const counted = call.number('count_include_pad', 0)
      ? padImage(call, padImage(call, ones, window.pads, 1), beyond(outer, window.pads))
      : padImage(call, ones, outer);
    return fromImage(call, tf.div(mean, average(counted)), x.rank);
  },

  GlobalAveragePool: ({ tf, inputs: [x] }) => tf.mean(x!, spatialAxes(x!), true),
  GlobalMaxPool: ({ tf, inputs: [x] }) => tf.max(x!, spatialAxes(x!), true),
};

function poolWindow(call: Call, x: TfTensor): Window {
  const kernel = call.numbers('kernel_shape') ?? call.fail('kernel_shape is missing');
  return windowOf(call, x.shape.slice(2), kernel);
}

/** The pads, with what `ceil_mode` adds at the end so that the last, partial window has its place. */
function outerPads(call: Call, x: TfTensor, window: Window): Window['pads'] {
  if (call.number('ceil_mode', 0) === 0) return window.pads;
  const [height, width] = x.rank === 3 ? [1, x.shape[2]!] : [x.shape[2]!, x.shape[3]!];
  const [top, bottom, left, right] = window.pads;
  return [
    top,
    bottom + partial(height, top, bottom, window, 0),
    left,
    right + partial(width, left, right, window, 1),
  ];
}

function partial(size: number, before: number, after: number, window: Window, axis: 0 | 1): number {
  const stride = window.strides[axis];
  const room = size + before + after - ((window.kernel[axis] - 1) * window.dilations[axis] + 1);
  let windows = Math.ceil(room / stride);
  // A window that would start in the padding at the end is left out, as in PyTorch and the specification.
  if (windows * stride >= size + before) windows--;
  return Math.max(0, windows * stride - room);
}

function beyond(outer: Window['pads'], pads: Window['pads']): Window['pads'] {
  return [outer[0] - pads[0], outer[1] - pads[1], outer[2] - pads[2], outer[3] - pads[3]];
}

function spatialAxes(x: TfTensor): number[] {
  return x.shape.map((_, axis) => axis).slice(2);
}
