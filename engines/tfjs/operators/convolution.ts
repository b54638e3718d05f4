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
    if (call.string('auto_pad', 'NOTSET') !== 'NOTSET' || call.numbers('output_shape')) {
      call.fail('auto_pad and output_shape are not supported, pads and output_padding are');
    }
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
    const [top, bottom, left, right] = window.pads;
    const cut = padImage(call, parts, [-top, below - bottom, -left, beside - right]);
    return fromImage(call, withBias(call, cut), x.rank);
  },
};

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
