import type { SingleLossJob } from '../job/job.ts';
import { exampleDims } from '../nn/layers/stack.ts';
import { total } from '../nn/losses/loss.ts';
import { asLearned } from '../nn/scale.ts';
import { FEATURES, NORMALIZED, type SingleTarget } from '../nn/specs.ts';
import type { GraphBuilder } from '../onnx/builder.ts';
import { sizeOf } from '../onnx/tensor.ts';
import { knownLabels, oneHot } from './one-hot.ts';

/** An output beside what it is compared with: the inputs of losses and metrics. */
export interface Compared {
  readonly output: string;
  readonly target: string;
  readonly examples: string;
  readonly labels?: string;
  readonly counts?: string;
}

/** What a loss sees of a target: an autoencoder's is numbers. */
export function comparedAs(target: SingleTarget): Exclude<SingleTarget['kind'], 'none'> {
  return target.kind === 'none' ? 'number' : target.kind;
}

/** @param label the target as it comes in; undefined for an autoencoder's, which is the features */
export function compare(
  builder: GraphBuilder,
  output: string,
  label: string | undefined,
  loss: SingleLossJob,
  target: SingleTarget,
): Compared {
  if (target.kind === 'symbols')
    return { output, target: label!, examples: batchSize(builder, label!, 'examples') };
  if (target.kind !== 'class') return compareNumbers(builder, output, label ?? seenFeatures(builder));
  return compareClasses(builder, output, label!, target, ignoredBy(loss));
}

/** What the loss sees: numbers in the form that the job scales them to, all else as it is compared. */
export function learnedForm(builder: GraphBuilder, compared: Compared, target: SingleTarget): Compared {
  const { output, target: label } = compared;
  return {
    ...compared,
    output: asLearned(builder, output, target, 'learned_output'),
    target: asLearned(builder, label, target, 'learned_target'),
  };
}

/** The class whose rows do not count. */
export function ignoredBy(loss: SingleLossJob): number | undefined {
  return loss.kind === 'cross-entropy' ? loss.ignore : undefined;
}

/** The output that is no symbol. */
export function blankOf(loss: SingleLossJob): number | undefined {
  return loss.kind === 'ctc' ? loss.blank : undefined;
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
  { classes, dims = [] }: Extract<SingleTarget, { kind: 'class' }>,
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
  const batch = batchSize(builder, target, perExample === 1 ? 'examples' : 'batch');
  const examples =
    perExample === 1 ? batch : builder.op('Mul', [batch, builder.scalar(perExample)], {}, 'examples');
  return { output: flat, target, examples };
}

/** The number of examples, a scalar. */
function batchSize(builder: GraphBuilder, target: string, name: string): string {
  const shape = builder.op('Shape', [target], { start: 0, end: 1 }, 'batch_shape');
  const size = builder.op('Cast', [shape], { to: 'float32' }, 'batch_size');
  return builder.op('Squeeze', [size, builder.ints([0])], {}, name);
}
