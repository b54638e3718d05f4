import { type Latent, total } from '../nn/losses/loss.ts';
import { MOST_CLASSES } from '../nn/metrics/confusion.ts';
import { SUM } from '../nn/metrics/metrics.ts';
import { targetScale } from '../nn/scale.ts';
import { positionsOf, type SingleTarget } from '../nn/specs.ts';
import type { GraphBuilder } from '../onnx/builder.ts';
import type { Compared } from './compared.ts';
import { editDistances } from './edit-distance.ts';
import { appendMetricSums, type Publish } from './metric-sums.ts';
import { oneHot } from './one-hot.ts';
import type { Program } from './program.ts';

export interface SumOptions {
  readonly evaluate: boolean;
  readonly metrics?: readonly string[];
  readonly latents?: readonly Latent[];
}

interface Given {
  readonly output: string;
  readonly label: string | undefined;
  readonly compared: Compared;
  readonly target: SingleTarget;
  readonly ignore: number | undefined;
  /** Of symbols: the output that is none. */
  readonly blank?: number | undefined;
}

/** The sums of one output's metrics: the usual ones, and those that were asked for. */
export function appendMetrics(
  builder: GraphBuilder,
  { output, label, compared, target, ignore, blank = 0 }: Given,
  { evaluate, metrics: wanted = [] }: SumOptions,
  publish: Publish,
): Metrics {
  const examples = publish(compared.examples, SUM.examples);
  if (target.kind === 'symbols') {
    return {
      sums: [examples, ...(evaluate ? symbolSums(builder, output, label!, blank, publish) : [])],
      extras: [],
    };
  }
  const metrics =
    target.kind === 'number' || target.kind === 'none'
      ? numberMetrics(builder, compared, target, evaluate, publish)
      : classMetrics(
          builder,
          compared,
          target.classes.length,
          target.kind,
          evaluate && hasConfusionMatrix(target),
          publish,
        );
  // Its presence says that e to the loss means something: a choice among so many tokens.
  const isSequence = evaluate && target.kind === 'class' && positionsOf(target).length === 1;
  const tokens = isSequence ? [publish(compared.examples, SUM.tokens)] : [];
  const optional = appendMetricSums(builder, output, label, target, wanted, publish, ignore);
  return {
    sums: [examples, ...metrics.sums, ...tokens, ...optional.sums],
    extras: [...metrics.extras, ...optional.extras],
  };
}

/** A matrix of this many classes is still sent, stored and read; for each position of a sequence only a small one is of use. */
function hasConfusionMatrix(target: Extract<SingleTarget, { kind: 'class' | 'binary' }>): boolean {
  return target.classes.length <= (positionsOf(target).length === 0 ? MOST_CLASSES : 64);
}

/** Names of the outputs that hold them. */
interface Metrics {
  readonly sums: readonly string[];
  readonly extras: Program['extras'];
}

function classMetrics(
  builder: GraphBuilder,
  { output, target, labels, counts }: Compared,
  classes: number,
  kind: 'class' | 'binary',
  hasConfusion: boolean,
  publish: Publish,
): Metrics {
  const predicted =
    kind === 'class'
      ? builder.op('ArgMax', [output], { axis: 1, keepdims: 0 }, 'predicted_class')
      : builder.op('Greater', [output, builder.scalar(0)], {}, 'predicted_positive');
  if (!hasConfusion && labels !== undefined && counts !== undefined) {
    const guess = builder.op('Cast', [predicted], { to: 'int32' }, 'predicted_label');
    const equal = builder.op('Equal', [guess, labels], {}, 'is_right');
    const right = builder.op('Cast', [equal], { to: 'float32' }, 'right');
    const hits = builder.op('Mul', [right, counts], {}, 'hits');
    return { sums: [publish(total(builder, hits, 'correct'), SUM.correct)], extras: [] };
  }
  const guess = oneHot(builder, predicted, classes, 'predicted_one_hot');
  const truth = kind === 'class' ? target : oneHot(builder, target, classes, 'target_one_hot');
  const hits = builder.op('Mul', [truth, guess], {}, 'hits');
  const sums = [publish(total(builder, hits, 'correct'), SUM.correct)];
  if (!hasConfusion) return { sums, extras: [] };
  const confusion = publish(builder.op('Gemm', [truth, guess], { transA: 1 }, 'confusion'), 'confusion');
  return { sums, extras: [{ name: confusion, dims: [classes, classes] }] };
}

/** A label counts as correct where all of it is read. */
function symbolSums(
  builder: GraphBuilder,
  output: string,
  label: string,
  blank: number,
  publish: Publish,
): string[] {
  const { distance, length } = editDistances(builder, output, label, blank);
  const isRight = builder.op('Less', [distance, builder.scalar(0.5)], {}, 'is_right');
  const right = builder.op('Cast', [isRight], { to: 'float32' }, 'right');
  const sums = { [SUM.correct]: right, [SUM.editDistance]: distance, [SUM.symbols]: length };
  return Object.entries(sums).map(([sum, value]) => publish(total(builder, value, sum), sum));
}

function numberMetrics(
  builder: GraphBuilder,
  { output, target }: Compared,
  spec: SingleTarget,
  evaluate: boolean,
  publish: Publish,
): Metrics {
  const error = builder.op('Sub', [output, target], {}, 'error');
  const sumOf = (op: string, inputs: string[], name: string) =>
    publish(total(builder, builder.op(op, inputs, {}, `${name}_values`), name), name);
  const sums = [sumOf('Mul', [error, error], SUM.squaredError), sumOf('Abs', [error], SUM.absoluteError)];
  if (!evaluate) return { sums, extras: [] };
  const level = fromLevel(builder, target, spec);
  sums.push(
    publish(total(builder, level, SUM.target), SUM.target),
    sumOf('Mul', [level, level], SUM.targetSquares),
  );
  return { sums, extras: [] };
}

/**
 * Targets from their mean on, where it is known: R² asks how far they spread, and the sums of numbers that lie far from 0 lose that to
 * rounding. One level for all columns, as R² is over all of them together.
 */
function fromLevel(builder: GraphBuilder, target: string, spec: SingleTarget): string {
  const scale = targetScale(spec);
  if (scale?.kind !== 'standardize') return target;
  const level = scale.mean.reduce((sum, mean) => sum + mean, 0) / scale.mean.length;
  return builder.op('Sub', [target, builder.scalar(level)], {}, 'target_from_level');
}
