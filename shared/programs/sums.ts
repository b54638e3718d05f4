import type { LossJob } from '../job/job.ts';
import { exampleDims } from '../nn/layers/stack.ts';
import { type Latent, total } from '../nn/losses/loss.ts';
import { buildLoss, checkLoss } from '../nn/losses/registry.ts';
import { SUM } from '../nn/metrics/metrics.ts';
import { FEATURES, NORMALIZED, positionsOf, type TargetSpec } from '../nn/specs.ts';
import type { GraphBuilder } from '../onnx/builder.ts';
import { sizeOf } from '../onnx/tensor.ts';
import { appendMetricSums } from './metric-sums.ts';
import { knownLabels, oneHot } from './one-hot.ts';
import { DENOMINATOR, LOSS, type Program } from './program.ts';

/** What is added to a forward graph: the target input, and the outputs that training and evaluation read. */
export type SumOutputs = Pick<Program, 'target' | 'sums' | 'extras'>;

interface Compared {
  readonly output: string;
  readonly target: string;
  readonly examples: string;
  readonly labels?: string;
  readonly counts?: string;
}

/**
 * Appends the loss and the metrics' sums to a forward graph and makes them outputs: `loss`, `denominator`, `examples`, then
 * for classes `correct`, for numbers `squared_error` and `absolute_error`. In evaluation also the extra output
 * `confusion` [classes, classes] (row: the true class, column: the predicted one), or for numbers the sums
 * `target_sum` and `target_squares`, which R² needs. Every position of an example counts as one.
 *
 * @param output `logits` [batch, …positions, classes], or `prediction` in the target's shape
 * @throws ModelBuildError when the loss is not for this target
 */
export function appendSums(
  builder: GraphBuilder,
  output: string,
  loss: LossJob,
  target: TargetSpec,
  options: {
    readonly evaluate: boolean;
    readonly metrics?: readonly string[];
    readonly latents?: readonly Latent[];
  },
): SumOutputs {
  checkLoss(loss.kind, target.kind === 'none' ? 'number' : target.kind);
  const input = targetInput(builder, target);
  const ignore = loss.kind === 'cross-entropy' ? loss.ignore : undefined;
  const compared =
    target.kind === 'class'
      ? compareClasses(builder, output, input!.name, target, ignore)
      : compareNumbers(builder, output, input?.name ?? seenFeatures(builder));
  const positions = sizeOf(positionsOf(target));
  const terms = buildLoss(builder, { ...compared, positions, latents: options.latents ?? [] }, loss);
  builder.output(terms.sum, LOSS);
  builder.output(terms.denominator, DENOMINATOR);
  builder.output(compared.examples);
  const metrics =
    target.kind === 'number' || target.kind === 'none'
      ? numberMetrics(builder, compared, options.evaluate)
      : classMetrics(
          builder,
          compared,
          target.classes.length,
          target.kind,
          options.evaluate && hasConfusionMatrix(target),
        );
  // Its presence says that e to the loss means something: a choice among so many tokens.
  const isSequence = options.evaluate && target.kind === 'class' && positionsOf(target).length === 1;
  const tokens = isSequence ? [builder.output(compared.examples, SUM.tokens)] : [];
  const optional = appendMetricSums(builder, output, input?.name, target, options.metrics ?? [], ignore);
  return {
    target: input,
    sums: [LOSS, DENOMINATOR, compared.examples, ...metrics.sums, ...tokens, ...optional.sums],
    extras: [...metrics.extras, ...optional.extras],
  };
}

function targetInput(builder: GraphBuilder, target: TargetSpec): Program['target'] {
  if (target.kind === 'none') return undefined;
  // Not int64: WebGPU's provider has no kernel that reads it as numbers.
  const type = target.kind === 'class' ? 'int32' : 'float32';
  const dims = positionsOf(target);
  return { name: builder.input('target', type, ['batch', ...dims]), type, dims };
}

/** What an autoencoder has to give back: the features as its first layer got them. */
function seenFeatures(builder: GraphBuilder): string {
  return builder.has(NORMALIZED) ? NORMALIZED : FEATURES;
}

/**
 * Targets as one-hot rows; an ignored class is a row of zeros, and so is a class that does not exist. Positions become rows:
 * [batch, …positions, classes] is compared as [batch · positions, classes].
 */
function compareClasses(
  builder: GraphBuilder,
  output: string,
  target: string,
  { classes, dims = [] }: Extract<TargetSpec, { kind: 'class' }>,
  ignore: number | undefined,
): Compared {
  const rows =
    dims.length === 0 ? output : builder.op('Reshape', [output, builder.ints([-1, classes.length])]);
  const labels = dims.length === 0 ? target : builder.op('Reshape', [target, builder.ints([-1])]);
  const known = knownLabels(builder, labels, classes.length, ignore);
  return {
    output: rows,
    // Dropped again where nothing reads it: with many classes it is the largest value of the program.
    target: oneHot(builder, labels, classes.length, 'target_one_hot', ignore),
    examples: total(builder, known.counts, 'examples'),
    ...known,
  };
}

/** Predictions in the target's shape ([batch, 1] as [batch]); the number of examples is that of the values. */
function compareNumbers(builder: GraphBuilder, output: string, target: string): Compared {
  const wanted = builder.typeOf(target).dims;
  const flat =
    builder.typeOf(output).dims.length > wanted.length
      ? builder.op('Squeeze', [output, builder.ints([1])], {}, 'output_values')
      : output;
  const perExample = sizeOf(exampleDims(wanted));
  const shape = builder.op('Shape', [target], { start: 0, end: 1 }, 'batch_shape');
  const size = builder.op('Cast', [shape], { to: 'float32' }, 'batch_size');
  const batch = builder.op('Squeeze', [size, builder.ints([0])], {}, perExample === 1 ? 'examples' : 'batch');
  const examples =
    perExample === 1 ? batch : builder.op('Mul', [batch, builder.scalar(perExample)], {}, 'examples');
  return { output: flat, target, examples };
}

/** A matrix of this many classes is still sent, stored and read; for each position of a sequence only a small one is of use. */
function hasConfusionMatrix(target: Extract<TargetSpec, { kind: 'class' | 'binary' }>): boolean {
  return target.classes.length <= (positionsOf(target).length === 0 ? 1000 : 64);
}

interface Metrics {
  readonly sums: readonly string[];
  readonly extras: SumOutputs['extras'];
}

function classMetrics(
  builder: GraphBuilder,
  { output, target, labels, counts }: Compared,
  classes: number,
  kind: 'class' | 'binary',
  hasConfusion: boolean,
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
    return { sums: [builder.output(total(builder, hits, 'correct'))], extras: [] };
  }
  const guess = oneHot(builder, predicted, classes, 'predicted_one_hot');
  const truth = kind === 'class' ? target : oneHot(builder, target, classes, 'target_one_hot');
  const hits = builder.op('Mul', [truth, guess], {}, 'hits');
  const sums = [builder.output(total(builder, hits, 'correct'))];
  if (!hasConfusion) return { sums, extras: [] };
  const confusion = builder.output(builder.op('Gemm', [truth, guess], { transA: 1 }, 'confusion'));
  return { sums, extras: [{ name: confusion, dims: [classes, classes] }] };
}

function numberMetrics(builder: GraphBuilder, { output, target }: Compared, evaluate: boolean): Metrics {
  const error = builder.op('Sub', [output, target], {}, 'error');
  const sumOf = (op: string, inputs: string[], name: string) =>
    builder.output(total(builder, builder.op(op, inputs, {}, `${name}_values`), name));
  const sums = [sumOf('Mul', [error, error], 'squared_error'), sumOf('Abs', [error], 'absolute_error')];
  if (!evaluate) return { sums, extras: [] };
  sums.push(
    builder.output(total(builder, target, 'target_sum')),
    sumOf('Mul', [target, target], 'target_squares'),
  );
  return { sums, extras: [] };
}
