import { float32 } from '../tensor.ts';
import { type ExpandContext, type ExpandRow, expansion } from './context.ts';

/** A float32 holds whole numbers up to here. */
const MOST_CLASSES = 2 ** 24;

/** What every position counts, [batch, ...]; undefined where each counts 1. */
interface Counted {
  readonly losses: string;
  readonly weights: string | undefined;
}

/**
 * -w[label] logp[label] of log-probabilities [batch, classes, ...] and labels [batch, ...]: the label's row is found by
 * comparison with the range of classes (OneHot is not on WebGPU), so one that is ignored may lie outside of it.
 */
function picked(c: ExpandContext, logProbabilities: string): Counted {
  const { e } = c;
  const classes = c.size(0, 1);
  const rest = c
    .dims(1)
    .slice(1)
    .map(() => 1);
  const labels = c.input(1);
  if (classes > MOST_CLASSES) c.fail(`it has ${classes} classes; at most ${MOST_CLASSES} can be written out`);
  const range = e.constant(
    float32(
      [1, classes, ...rest],
      Float32Array.from({ length: classes }, (_, k) => k),
    ),
  );
  const hit = e.equal(e.unsqueeze(e.cast(labels, 'float32'), [1]), range);
  const own = e.sum(e.where(hit, logProbabilities, 0), [1], false);
  const ofClass = c.has(2)
    ? e.sum(e.where(hit, e.reshape(c.input(2), [1, classes, ...rest]), 0), [1], false)
    : undefined;
  const ignored = c.node.attributes['ignore_index'];
  if (ignored?.kind !== 'int') {
    return { losses: e.neg(ofClass === undefined ? own : e.mul(own, ofClass)), weights: ofClass };
  }
  const skipped = e.equal(e.cast(labels, 'float32'), ignored.value);
  const weights =
    ofClass === undefined ? e.where(skipped, 0, e.fillLike(own, 1)) : e.where(skipped, 0, ofClass);
  return { losses: e.neg(e.where(skipped, 0, ofClass === undefined ? own : e.mul(own, weights))), weights };
}

function reduced(c: ExpandContext, { losses, weights }: Counted): string {
  const { e } = c;
  const axes = e.dimsOf(losses).map((_, axis) => axis);
  const total = (value: string) => e.sum(value, axes, false);
  switch (c.string('reduction', 'mean')) {
    case 'none':
      return losses;
    case 'sum':
      return total(losses);
    case 'mean':
      if (weights !== undefined) return e.div(total(losses), total(weights));
      return e.op('ReduceMean', [losses, e.ints(axes)], { keepdims: 0 });
    default:
      return c.fail(`its reduction ${JSON.stringify(c.string('reduction', ''))} must be none, sum or mean`);
  }
}

function expandCrossEntropy(c: ExpandContext): readonly string[] {
  const { e } = c;
  const x = c.input(0);
  const logProbabilities = e.sub(x, e.op('ReduceLogSumExp', [x, e.ints([1])], { keepdims: 1 }));
  return [reduced(c, picked(c, logProbabilities)), logProbabilities];
}

export const CLASS_LOSSES: readonly ExpandRow[] = [
  expansion(
    'SoftmaxCrossEntropyLoss',
    '',
    'x - ReduceLogSumExp(x), then as NegativeLogLikelihoodLoss; the log-probabilities too',
    expandCrossEntropy,
  ),
  expansion(
    'NegativeLogLikelihoodLoss',
    '',
    'the label by comparison with the range of classes, Where, ReduceSum; weights, ignore_index, each reduction',
    (c) => [reduced(c, picked(c, c.input(0)))],
  ),
];
