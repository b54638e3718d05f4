import type { TfTensor } from '../load.ts';
import type { Call, OperatorTable } from './operator.ts';

/** Matrix products. */
export const linear: OperatorTable = {
  MatMul: (call) => matmul(call, call.input(0), call.input(1)),
  Gemm: (call) => {
    const { tf } = call;
    const product = tf.matMul(
      call.input(0),
      call.input(1),
      call.number('transA', 0) !== 0,
      call.number('transB', 0) !== 0,
    );
    const scaled = scale(call, product, call.number('alpha', 1));
    const c = call.optional(2);
    return c ? tf.add(scaled, scale(call, c, call.number('beta', 1))) : scaled;
  },
};

function scale({ tf }: Call, x: TfTensor, factor: number): TfTensor {
  return factor === 1 ? x : tf.mul(x, factor);
}

/**
 * NumPy's matmul. The gradient of TensorFlow.js's own does not sum over the dimensions it broadcast, so they
 * are broadcast here, by an operator whose gradient does.
 */
function matmul(call: Call, a: TfTensor, b: TfTensor): TfTensor {
  const { tf } = call;
  if (a.rank === 1) return squeezed(matmul(call, tf.expandDims(a, 0), b), -2);
  if (b.rank === 1) return squeezed(matmul(call, a, tf.expandDims(b, 1)), -1);
  if (b.rank === 2) {
    const rows = a.shape.slice(0, -1);
    const flat = tf.matMul(tf.reshape(a, [-1, a.shape.at(-1)!]), b);
    return tf.reshape(flat, [...rows, b.shape[1]!]);
  }
  const outer = tf.broadcast_util
    ? tf.broadcast_util.assertAndGetBroadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2))
    : call.fail('this build has no broadcast_util');
  return tf.matMul(
    tf.broadcastTo(a, [...outer, ...a.shape.slice(-2)]),
    tf.broadcastTo(b, [...outer, ...b.shape.slice(-2)]),
  );

  function squeezed(x: TfTensor, axis: number): TfTensor {
    return tf.squeeze(x, [axis + x.rank]);
  }
}
