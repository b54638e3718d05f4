import type { GraphBuilder } from '../onnx/builder.ts';
import { float32, sizeOf } from '../onnx/tensor.ts';
import { FEATURES, type FeatureSpec } from './specs.ts';

/** A row's numbers as the graph takes them apart. */
export interface SeenFeatures {
  /** Raw, [batch, …shape]. */
  readonly features: string;
  /** Where rows say how long they are. */
  readonly lengths?: Lengths | undefined;
}

/** How many places of each row count, along an axis of its features. */
export interface Lengths {
  /** Float32 [batch, 1]. */
  readonly value: string;
  /** Places of the longest. */
  readonly places: number;
}

/**
 * The input of a model. Where rows say how long they are it has one number more, [batch, numbers of the shape and the length], in
 * the order of the table, and is taken apart here: so that the length goes wherever the row goes, into the exported file too.
 */
export function featureInput(builder: GraphBuilder, spec: FeatureSpec): SeenFeatures {
  const { shape, type = 'float32', lengths } = spec;
  if (!lengths) return { features: builder.input(FEATURES, type, ['batch', ...shape]) };
  const numbers = sizeOf(shape);
  const row = builder.input(FEATURES, type, ['batch', numbers + 1]);
  const part = (from: number, to: number, name: string): string =>
    builder.op('Slice', [row, ...[[from], [to], [1]].map((at) => builder.ints(at))], {}, name);
  const { column, axis } = lengths;
  const parts = [
    ...(column > 0 ? [part(0, column, 'before_length')] : []),
    ...(column < numbers ? [part(column + 1, numbers + 1, 'after_length')] : []),
  ];
  const all = parts.length > 1 ? builder.op('Concat', parts, { axis: 1 }, 'without_length') : parts[0]!;
  const features = builder.op('Reshape', [all, builder.ints([-1, ...shape])], {}, 'raw_features');
  return { features, lengths: { value: part(column, column + 1, 'length'), places: shape[axis]! } };
}

/**
 * Which steps of a row count, bool [batch, steps]: of the places at a step the first decides.
 *
 * @param steps no more than there are places
 */
export function realSteps(builder: GraphBuilder, { value, places }: Lengths, steps: number): string {
  const firsts = Float32Array.from({ length: steps }, (_, step) => (step * places) / steps);
  return builder.op('Greater', [value, builder.constant(float32([1, steps], firsts))], {}, 'is_real');
}

/** How many steps of a row count, int32 [batch]: what ONNX's recurrent operators call `sequence_lens`. */
export function stepCounts(builder: GraphBuilder, lengths: Lengths, steps: number): string {
  const real = builder.op('Cast', [realSteps(builder, lengths, steps)], { to: 'float32' });
  const sums = builder.op('ReduceSum', [real, builder.ints([1])], { keepdims: 0 });
  return builder.op('Cast', [sums], { to: 'int32' }, 'step_counts');
}

/**
 * Logits [batch, steps, outputs] that behind a row's end say the blank, surely: no way to read a label is more or less likely by
 * further steps that do, so that loss, gradient and reading are those of the steps before, as of PyTorch's `ctc_loss` with
 * `input_lengths`.
 */
export function blankBehind(
  builder: GraphBuilder,
  logits: string,
  isReal: string,
  blank: number,
  name: string,
): string {
  const outputs = builder.typeOf(logits).dims[2] as number;
  const ofSteps = builder.op('Unsqueeze', [isReal, builder.ints([2])], {}, `${name}/is_real`);
  const sure = Float32Array.from({ length: outputs }, (_, output) => (output === blank ? 0 : NEVER));
  return builder.op('Where', [ofSteps, logits, builder.constant(float32([1, 1, outputs], sure))], {}, name);
}

/** The logarithm of no chance, as the loss ctc has it: finite, and more than float16 holds, so that it stays in float32. */
const NEVER = -1e30;
