import type { OperatorTable } from './operator.ts';

/** Written out in elementary operators, whose gradients TensorFlow.js derives. */
export const normalization: OperatorTable = {
  BatchNormalization: (call) => {
    const { tf } = call;
    if (call.number('training_mode', 0) !== 0) call.fail('training_mode is not supported');
    const x = call.input(0);
    // [channels] beside the channels of [batch, channels, …]
    const perChannel = (index: number) =>
      tf.reshape(call.input(index), [-1, ...x.shape.slice(2).map(() => 1)]);
    const deviation = tf.sqrt(tf.add(perChannel(4), call.number('epsilon', 1e-5)));
    const normal = tf.div(tf.sub(x, perChannel(3)), deviation);
    return tf.add(tf.mul(normal, perChannel(1)), perChannel(2));
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
    const [training] = call.optionalValues(2) ?? [0];
    if (training) call.fail('training_mode is not supported, programs take their noise as an input');
    const x = call.input(0);
    return [call.tf.clone(x), call.tf.onesLike(x).cast('bool')];
  },
};
