import type { TensorFlow, TfTensor } from '../load.ts';
import { constantIn } from './constant-in.ts';
import type { Call, OperatorTable } from './operator.ts';

/** https://onnx.ai/onnx/operators/ — arithmetic, comparison and logic, all with NumPy broadcasting. */
export const elementwise: OperatorTable = {
  Abs: ({ tf, inputs: [x] }) => tf.abs(x!),
  Neg: ({ tf, inputs: [x] }) => tf.neg(x!),
  Sign: ({ tf, inputs: [x] }) => tf.sign(x!),
  Floor: ({ tf, inputs: [x] }) => tf.floor(x!),
  Ceil: ({ tf, inputs: [x] }) => tf.ceil(x!),
  Round: ({ tf, inputs: [x] }) => tf.round(x!),
  Sqrt: ({ tf, inputs: [x] }) => tf.sqrt(x!),
  Reciprocal: ({ tf, inputs: [x] }) => tf.reciprocal(x!),
  Exp: ({ tf, inputs: [x] }) => tf.exp(x!),
  Log: ({ tf, inputs: [x] }) => tf.log(x!),
  Sin: ({ tf, inputs: [x] }) => tf.sin(x!),
  Cos: ({ tf, inputs: [x] }) => tf.cos(x!),
  Tan: ({ tf, inputs: [x] }) => tf.tan(x!),
  Asin: ({ tf, inputs: [x] }) => tf.asin(x!),
  Acos: ({ tf, inputs: [x] }) => tf.acos(x!),
  Atan: ({ tf, inputs: [x] }) => tf.atan(x!),
  Sinh: ({ tf, inputs: [x] }) => tf.sinh(x!),
  Cosh: ({ tf, inputs: [x] }) => tf.cosh(x!),
  Asinh: ({ tf, inputs: [x] }) => tf.asinh(x!),
  Acosh: ({ tf, inputs: [x] }) => tf.acosh(x!),
  Atanh: ({ tf, inputs: [x] }) => tf.atanh(x!),
  Erf: ({ tf, inputs: [x] }) => tf.erf(x!),
  IsNaN: ({ tf, inputs }) => constantIn(tf, inputs, tf.isNaN),
  IsInf: ({ tf, inputs }) => constantIn(tf, inputs, tf.isInf),

  Add: ({ tf, inputs: [a, b] }) => tf.add(a!, b!),
  Sub: ({ tf, inputs: [a, b] }) => tf.sub(a!, b!),
  Mul: ({ tf, inputs: [a, b] }) => tf.mul(a!, b!),
  Div: ({ tf, inputs: [a, b] }) => tf.div(a!, b!),
  Pow: ({ tf, inputs: [a, b] }) => tf.pow(a!, b!),
  Mod: (call) => remainder(call),
  Sum: ({ tf, inputs }) => inputs.reduce((sum, x) => tf.add(sum, x)),
  Mean: ({ tf, inputs }) =>
    tf.div(
      inputs.reduce((sum, x) => tf.add(sum, x)),
      inputs.length,
    ),
  Max: ({ tf, inputs }) => inputs.reduce((best, x) => maximum(tf, best, x)),
  Min: ({ tf, inputs }) => inputs.reduce((best, x) => minimum(tf, best, x)),

  Equal: ({ tf, inputs }) => constantIn(tf, inputs, tf.equal),
  Greater: ({ tf, inputs }) => constantIn(tf, inputs, tf.greater),
  GreaterOrEqual: ({ tf, inputs }) => constantIn(tf, inputs, tf.greaterEqual),
  Less: ({ tf, inputs }) => constantIn(tf, inputs, tf.less),
  LessOrEqual: ({ tf, inputs }) => constantIn(tf, inputs, tf.lessEqual),
  And: ({ tf, inputs: [a, b] }) => tf.logicalAnd(a!, b!),
  Or: ({ tf, inputs: [a, b] }) => tf.logicalOr(a!, b!),
  Xor: ({ tf, inputs: [a, b] }) => tf.notEqual(tf.cast(a!, 'int32'), tf.cast(b!, 'int32')),
  Not: ({ tf, inputs: [x] }) => tf.logicalNot(x!),
  Where: ({ tf, inputs: [condition, a, b] }) => tf.where(tf.cast(condition!, 'bool'), a!, b!),

  Clip: (call) => clip(call),
};

/** min and max are inputs since opset 11, optional, and may be differentiated. */
function clip(call: Call): TfTensor {
  const { tf } = call;
  const [low, high] = [call.optional(1), call.optional(2)];
  if (!low && !high) {
    return tf.clipByValue(
      call.input(0),
      call.number('min', Number.NEGATIVE_INFINITY),
      call.number('max', Number.POSITIVE_INFINITY),
    );
  }
  const raised = low ? maximum(tf, call.input(0), low) : call.input(0);
  return high ? minimum(tf, raised, high) : raised;
}

function maximum(tf: TensorFlow, a: TfTensor, b: TfTensor): TfTensor {
  return tf.maximum(...broadcast(tf, a, b));
}

function minimum(tf: TensorFlow, a: TfTensor, b: TfTensor): TfTensor {
  return tf.minimum(...broadcast(tf, a, b));
}

/** The gradients of maximum and minimum do not sum over what they broadcast; that of broadcastTo does. */
function broadcast(tf: TensorFlow, a: TfTensor, b: TfTensor): [TfTensor, TfTensor] {
  const dims = tf.broadcast_util.assertAndGetBroadcastShape(a.shape, b.shape);
  return [tf.broadcastTo(a, dims), tf.broadcastTo(b, dims)];
}

/** `fmod=1` takes the sign of the dividend, as C does; 0 that of the divisor, as Python does. */
function remainder(call: Call): TfTensor {
  const { tf } = call;
  const [a, b] = [call.input(0), call.input(1)];
  if (call.number('fmod', 0) === 0) return tf.mod(a, b);
  return tf.mul(tf.sign(a), tf.mod(tf.abs(a), tf.abs(b)));
}
