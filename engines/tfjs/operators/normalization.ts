import type { TfTensor } from '../load.ts';
import type { OperatorTable } from './operator.ts';

/** Written out in elementary operators, whose gradients TensorFlow.js derives. */
export const normalization: OperatorTable = {
  BatchNormalization: (call) => {
    const { tf } = call;
    const x = call.input(0);
    // [channels] beside the channels of [batch, channels, …]
    const perChannel = (values: TfTensor) => tf.reshape(values, [-1, ...x.shape.slice(2).map(() => 1)]);
    const axes = x.shape.map((_, axis) => axis).filter((axis) => axis !== 1);
    const training = call.number('training_mode', 0) !== 0;
    const mean = training ? tf.mean(x, axes) : call.input(3);
    const centred = tf.sub(x, perChannel(mean));
    const variance = training ? tf.mean(tf.mul(centred, centred), axes) : call.input(4);
    const deviation = tf.sqrt(tf.add(perChannel(variance), call.number('epsilon', 1e-5)));
    const y = tf.add(
      tf.mul(tf.div(centred, deviation), perChannel(call.input(1))),
      perChannel(call.input(2)),
    );
    if (!training) return y;
    const momentum = call.number('momentum', 0.9);
    const running = (before: TfTensor, batch: TfTensor) =>
      tf.add(tf.mul(before, momentum), tf.mul(batch, 1 - momentum));
    return [y, running(call.input(3), mean), running(call.input(4), variance)];
  },

  LayerNormalization: (call) => {
    const { tf } = call;
    const x = call.input(0);
    const from = call.axis(call.number('axis', -1), x.rank);
    const axes = x.shape.map((_, axis) => axis).slice(from);
    const mean = tf.mean(x, axes, true);
    const centred = tf.sub(x, mean);
    const variance = tf.mean(tf.mul(centred, centred), axes, true);
    const inverse = tf.rsqrt(tf.add(variance, call.number('epsilon', 1e-5)));
    const scaled = tf.mul(tf.mul(centred, inverse), call.input(1));
    const bias = call.optional(2);
    return [bias ? tf.add(scaled, bias) : scaled, mean, inverse];
  },

  /** In inference; training programs take their noise as an input. */
  Dropout: (call) => {
    const [ratio] = call.optionalValues(1) ?? [0.5];
    const [training] = call.optionalValues(2) ?? [0];
    if (training && ratio !== 0)
      call.fail('training_mode is not supported, programs take their noise as an input');
    const x = call.input(0);
    return [call.tf.clone(x), call.tf.onesLike(x).cast('bool')];
  },
};
