import type { TfTensor } from '../load.ts';
import type { Call, OperatorTable } from './operator.ts';
import { dilated, fromImage, padImage, toImage, windowOf } from './window.ts';

type Image = import('@tensorflow/tfjs').Tensor4D;

/** Convolutions of one or two spatial dimensions, in groups. */
export const convolution: OperatorTable = {
  Conv: (call) => {
    const { tf } = call;
    const [x, weight] = [call.input(0), call.input(1)];
    const window = windowOf(call, x.shape.slice(2), weight.shape.slice(2));
    const image = padImage(call, toImage(call, x), window.pads);
    const parts = inGroups(call, image, weight, (part, filters) => {
      // [out, in, height, width] to [height, width, in, out]
      const kernel = dilated(call, tf.transpose(flat(call, filters), [2, 3, 1, 0]), window.dilations);
      return tf.conv2d(part as Image, kernel as Image, [...window.strides], 'valid');
    });
    return fromImage(call, withBias(call, parts), x.rank);
  },

  ConvTranspose: (call) => {
    const { tf } = call;
    const [x, weight] = [call.input(0), call.input(1)];
    const window = windowOf(call, x.shape.slice(2), weight.shape.slice(2));
    const extra = call.numbers('output_padding') ?? [0, 0];
    const [below, beside] = extra.length === 1 ? [0, extra[0]!] : (extra as [number, number]);
    const parts = inGroups(call, toImage(call, x), weight, (part, filters) => {
      // [in, out, height, width] to [height, width, out, in]
      const kernel = dilated(call, tf.transpose(flat(call, filters), [2, 3, 1, 0]), window.dilations);
      const [batch, height, width] = part.shape as [number, number, number];
      const full: [number, number, number, number] = [
        batch,
        (height - 1) * window.strides[0] + kernel.shape[0]!,
        (width - 1) * window.strides[1] + kernel.shape[1]!,
        kernel.shape[2]!,
      ];
      return tf.conv2dTranspose(part as Image, kernel as Image, full, [...window.strides], 'valid');
    });
    const [top, bottom, left, right] = transposedPads(call, x, parts, below, beside) ?? window.pads;
    const cut = padImage(call, parts, [-top, below - bottom, -left, beside - right]);
    return fromImage(call, withBias(call, cut), x.rank);
  },
};

/**
 * What to cut off where the size of the output is given, or is to be the input's times the stride.
 * https://onnx.ai/onnx/operators/onnx__ConvTranspose.html, `output_shape`.
 */
function transposedPads(
  call: Call,
  x: TfTensor,
  full: TfTensor,
  below: number,
  beside: number,
): [number, number, number, number] | undefined {
  const mode = call.string('auto_pad', 'NOTSET');
  const spatial = x.shape.slice(2);
  const strides = call.numbers('strides') ?? spatial.map(() => 1);
  const sizes =
    call.numbers('output_shape')?.slice(-spatial.length) ??
    (mode.startsWith('SAME') ? spatial.map((size, axis) => size * strides[axis]!) : undefined);
  if (!sizes) return undefined;
  const [height, width] = sizes.length === 1 ? [1, sizes[0]!] : [sizes[0]!, sizes[1]!];
  const cut = (total: number): [number, number] => {
    const [smaller, larger] = [Math.floor(total / 2), Math.ceil(total / 2)];
    return mode === 'SAME_UPPER' ? [smaller, larger] : [larger, smaller];
  };
  return [...cut(full.shape[1]! + below - height), ...cut(full.shape[2]! + beside - width)];
}

/** A kernel of one spatial dimension becomes one of height 1. */
function flat({ tf }: Call, weight: TfTensor): TfTensor {
  return weight.rank === 3 ? tf.expandDims(weight, 2) : weight;
}

/** Both kinds of weight hold the groups one behind the other in their first dimension. */
function inGroups(
  call: Call,
  image: TfTensor,
  weight: TfTensor,
  compute: (image: TfTensor, weight: TfTensor) => TfTensor,
): TfTensor {
  const groups = call.number('group', 1);
  if (groups === 1) return compute(image, weight);
  const { tf } = call;
  const weights = tf.split(weight, groups, 0);
  return tf.concat(
    tf.split(image, groups, 3).map((part, group) => compute(part, weights[group]!)),
    3,
  );
}

function withBias(call: Call, image: TfTensor): TfTensor {
  const bias = call.optional(2);
  return bias ? call.tf.add(image, bias) : image;
}
