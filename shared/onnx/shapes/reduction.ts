import type { Dim, ValueType } from '../model.ts';
import { axesInput, like, mustEqual } from './common.ts';
import { type InferenceContext, int, operator, string } from './operator.ts';

const REDUCTIONS = ['L1', 'L2', 'LogSum', 'LogSumExp', 'Max', 'Mean', 'Min', 'Prod', 'Sum', 'SumSquare'];

function removeAxes(dims: readonly Dim[], axes: readonly number[], keep: boolean): readonly Dim[] {
  if (keep) return dims.map((dim, axis) => (axes.includes(axis) ? 1 : dim));
  return dims.filter((_, axis) => !axes.includes(axis));
}

/** Axes are input 1; none of them means all, or, with noop_with_empty_axes, no reduction at all. */
function reduce(c: InferenceContext): ValueType[] {
  const dims = c.dims(0);
  const keep = c.int('keepdims') !== 0;
  let axes = c.has(1) ? axesInput(c, 1, dims.length) : [];
  if (axes === undefined) {
    if (!keep) c.fail('the axes (input 1) are computed from data: the number of dimensions is not known');
    return [{ type: c.type(0), dims: dims.map((_, axis) => c.unknown(axis)) }];
  }
  if (axes.length === 0) axes = c.int('noop_with_empty_axes') ? [] : [...dims.keys()];
  return [{ type: c.type(0), dims: removeAxes(dims, axes, keep || axes.length === 0) }];
}

function argument(c: InferenceContext): ValueType[] {
  const axis = c.axis(c.int('axis'), c.dims(0).length);
  return [{ type: 'int64', dims: removeAxes(c.dims(0), [axis], c.int('keepdims') !== 0) }];
}

/** Output 0 is the loss, output 1 (of the cross-entropy) the log-probabilities. */
function classLoss(c: InferenceContext): ValueType[] {
  const [scores, labels] = [c.dims(0), c.dims(1)];
  if (scores.length !== labels.length + 1) c.fail('the scores must have one dimension more than the labels');
  mustEqual(c, scores[0] as Dim, labels[0] as Dim, 'batch of scores and labels');
  const dims = c.string('reduction') === 'none' ? labels : [];
  return [{ type: c.type(0), dims }, c.input(0)];
}

const index = { attributes: { axis: int(0), keepdims: int(1), select_last_index: int(0) } };
const loss = { ignore_index: int(), reduction: string('mean') };

export const REDUCTION = [
  ...REDUCTIONS.map((name) =>
    operator(`Reduce${name}`, [1, 2], reduce, {
      attributes: { keepdims: int(1), noop_with_empty_axes: int(0) },
    }),
  ),
  operator('ArgMax', 1, argument, index),
  operator('ArgMin', 1, argument, index),
  operator('CumSum', 2, like, { attributes: { exclusive: int(0), reverse: int(0) } }),
  operator('SoftmaxCrossEntropyLoss', [2, 3], classLoss, { outputs: [1, 2], attributes: loss }),
  operator('NegativeLogLikelihoodLoss', [2, 3], (c) => classLoss(c).slice(0, 1), { attributes: loss }),
];
