import type { TfTensor } from '../load.ts';
import { constantIn } from './constant-in.ts';
import type { Call, Operator, OperatorTable } from './operator.ts';

type Reduce = (call: Call, x: TfTensor, axes: number[], keep: boolean) => TfTensor;

/** Axes are an attribute before opset 13 or 18, an input since. */
function reduce(compute: Reduce, whenEmpty: (call: Call, x: TfTensor) => TfTensor = (_, x) => x): Operator {
  return (call) => {
    const x = call.input(0);
    const given = call.optionalValues(1) ?? call.numbers('axes') ?? [];
    if (given.length === 0 && call.number('noop_with_empty_axes', 0) !== 0) return whenEmpty(call, x);
    const axes =
      given.length > 0 ? given.map((axis) => call.axis(axis, x.rank)) : x.shape.map((_, axis) => axis);
    return compute(call, x, axes, call.number('keepdims', 1) !== 0);
  };
}

export const reduction: OperatorTable = {
  ReduceSum: reduce(({ tf }, x, axes, keep) => tf.sum(x, axes, keep)),
  ReduceMean: reduce(({ tf }, x, axes, keep) => tf.mean(x, axes, keep)),
  ReduceMax: reduce(({ tf }, x, axes, keep) => tf.max(x, axes, keep)),
  ReduceMin: reduce(({ tf }, x, axes, keep) => tf.min(x, axes, keep)),
  ReduceProd: reduce(({ tf }, x, axes, keep) => tf.prod(x, axes, keep)),
  ReduceL1: reduce(
    ({ tf }, x, axes, keep) => tf.sum(tf.abs(x), axes, keep),
    ({ tf }, x) => tf.abs(x),
  ),
  ReduceL2: reduce(
    ({ tf }, x, axes, keep) => tf.sqrt(tf.sum(tf.mul(x, x), axes, keep)),
    ({ tf }, x) => tf.abs(x),
  ),
  ReduceSumSquare: reduce(
    ({ tf }, x, axes, keep) => tf.sum(tf.mul(x, x), axes, keep),
    ({ tf }, x) => tf.mul(x, x),
  ),
  ReduceLogSum: reduce(
    ({ tf }, x, axes, keep) => tf.log(tf.sum(x, axes, keep)),
    ({ tf }, x) => tf.log(x),
  ),
  ReduceLogSumExp: reduce(({ tf }, x, axes, keep) => tf.logSumExp(x, axes, keep)),

  ArgMax: (call) => position(call, (x, axis) => call.tf.argMax(x, axis)),
  ArgMin: (call) => position(call, (x, axis) => call.tf.argMin(x, axis)),
  CumSum: (call) => {
    const { tf } = call;
    const x = call.input(0);
    const axis = call.axis(call.values(1)[0]!, x.rank);
    const [exclusive, reverse] = [call.number('exclusive', 0) !== 0, call.number('reverse', 0) !== 0];
    // TensorFlow.js permutes its gradient wrongly unless the axis is the last one.
    const swap = x.shape.map((_, index) => index);
    swap[axis] = x.rank - 1;
    swap[x.rank - 1] = axis;
    return tf.transpose(tf.cumsum(tf.transpose(x, swap), x.rank - 1, exclusive, reverse), swap);
  },
};

function position(call: Call, compute: (x: TfTensor, axis: number) => TfTensor): TfTensor {
  const x = call.input(0);
  if (call.number('select_last_index', 0) !== 0) call.fail('select_last_index is not supported');
  const axis = call.axis(call.number('axis', 0), x.rank);
  const found = constantIn(call.tf, [x], (value) => compute(value, axis));
  return call.number('keepdims', 1) !== 0 ? call.tf.expandDims(found, axis) : found;
}
