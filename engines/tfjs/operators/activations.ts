import type { TfTensor } from '../load.ts';
import { above } from './constant-in.ts';
import type { Call, OperatorTable } from './operator.ts';

/** Activations and the softmax family, at ONNX's default attributes. */
export const activations: OperatorTable = {
  Relu: ({ tf, inputs: [x] }) => tf.relu(x!),
  LeakyRelu: (call) => call.tf.leakyRelu(call.input(0), call.number('alpha', 0.01)),
  PRelu: ({ tf, inputs: [x, slope] }) => tf.where(above(tf, x!, 0), x!, tf.mul(x!, slope!)),
  ThresholdedRelu: (call) => {
    const { tf } = call;
    const x = call.input(0);
    return tf.where(above(tf, x, call.number('alpha', 1)), x, tf.zerosLike(x));
  },
  Elu: (call) => elu(call, call.number('alpha', 1), 1),
  Celu: (call) => {
    const { tf } = call;
    const alpha = call.number('alpha', 1);
    const x = call.input(0);
    return tf.add(tf.relu(x), tf.minimum(tf.mul(alpha, tf.expm1(tf.div(x, alpha))), 0));
  },
  Selu: (call) =>
    elu(call, call.number('alpha', 1.6732632423543772), call.number('gamma', 1.0507009873554805)),
  Shrink: (call) => {
    const { tf } = call;
    const x = call.input(0);
    const [bias, lambda] = [call.number('bias', 0), call.number('lambd', 0.5)];
    const high = tf.where(above(tf, x, lambda), tf.sub(x, bias), tf.zerosLike(x));
    return tf.where(above(tf, tf.neg(x), lambda), tf.add(x, bias), high);
  },
  Sigmoid: ({ tf, inputs: [x] }) => tf.sigmoid(x!),
  HardSigmoid: (call) =>
    call.tf.clipByValue(
      call.tf.add(call.tf.mul(call.input(0), call.number('alpha', 0.2)), call.number('beta', 0.5)),
      0,
      1,
    ),
  HardSwish: ({ tf, inputs: [x] }) => tf.mul(x!, tf.clipByValue(tf.add(tf.div(x!, 6), 0.5), 0, 1)),
  Tanh: ({ tf, inputs: [x] }) => tf.tanh(x!),
  Softplus: ({ tf, inputs: [x] }) => tf.softplus(x!),
  Softsign: ({ tf, inputs: [x] }) => tf.div(x!, tf.add(tf.abs(x!), 1)),
  Mish: ({ tf, inputs: [x] }) => tf.mul(x!, tf.tanh(tf.softplus(x!))),
  Gelu: (call) => gelu(call),

  Softmax: (call) => alongLast(call, (x) => call.tf.softmax(x)),
  LogSoftmax: (call) => alongLast(call, (x) => call.tf.logSoftmax(x)),
};

function elu({ tf, inputs: [x] }: Call, alpha: number, gamma: number): TfTensor {
  // The exponential is taken of the negative part only: an overflow in the branch not taken is NaN in a gradient.
  const negative = tf.mul(alpha, tf.expm1(tf.minimum(x!, 0)));
  return tf.mul(gamma, tf.where(above(tf, x!, 0), x!, negative));
}

function gelu(call: Call): TfTensor {
  const { tf } = call;
  const x = call.input(0);
  const inner =
    call.string('approximate', 'none') === 'tanh'
      ? tf.tanh(tf.mul(Math.sqrt(2 / Math.PI), tf.add(x, tf.mul(0.044715, tf.mul(x, tf.mul(x, x))))))
      : tf.erf(tf.mul(x, Math.SQRT1_2));
  return tf.mul(tf.mul(0.5, x), tf.add(inner, 1));
}

/** TensorFlow.js knows a softmax over the last axis only. */
function alongLast(call: Call, compute: (x: TfTensor) => TfTensor): TfTensor {
  const { tf } = call;
  const x = call.input(0);
  const axis = call.axis(call.number('axis', -1), x.rank);
  if (axis === x.rank - 1) return compute(x);
  const swap = x.shape.map((_, index) => index);
  swap[axis] = x.rank - 1;
  swap[x.rank - 1] = axis;
  return tf.transpose(compute(tf.transpose(x, swap)), swap);
}
