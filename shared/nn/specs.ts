import { sizeOf } from '../onnx/tensor.ts';

/** One example's raw features, and what the model does to them first. */
export interface FeatureSpec {
  /** Without the batch dimension. */
  readonly shape: readonly number[];
  /** How raw features come in: numbers (the default), or token ids, which are looked up and never normalised. */
  readonly type?: 'float32' | 'int32';
  /** Of token ids: they are from 0 up to this. */
  readonly vocabulary?: number;
  /**
   * Rows say how many places along an axis of `shape` count. Then a row has one number more than the shape, its length, which stands
   * at `column`.
   */
  readonly lengths?: { readonly column: number; readonly axis: number };
  /** Features that are numbers of words, from 0 up to `size`. */
  readonly categories?: readonly { readonly column: number; readonly size: number }[];
  readonly normalize: { readonly kind: 'none' } | Scale;
}

/** How numbers are brought near 0 and 1: (x - mean) / deviation, or x / by. */
export type Scale =
  | { readonly kind: 'divide'; readonly by: number }
  /** Of each number of one example, row-major over its shape; a deviation of 0 counts as 1. */
  | {
      readonly kind: 'standardize';
      readonly mean: readonly number[];
      readonly deviation: readonly number[];
    };

/**
 * What is predicted: one of `classes`, a number, yes (the second of `classes`) and no, or the features themselves (`none`:
 * there is no target, an autoencoder). `dims` are the positions of one example, none when left out: a class for each of them
 * (the next token at every place of a sequence), or several numbers.
 */
export type SingleTarget =
  | { readonly kind: 'class'; readonly classes: readonly string[]; readonly dims?: readonly number[] }
  | {
      readonly kind: 'number';
      readonly dims?: readonly number[];
      /** The loss compares the numbers in this form; the model's output is in the table's units, and so are metrics. */
      readonly normalize?: Scale;
    }
  | { readonly kind: 'binary'; readonly classes: readonly [string, string] }
  | {
      /** A label of up to `dims[0]` symbols that have no places of their own; −1 behind its end. */
      readonly kind: 'symbols';
      readonly classes: readonly string[];
      readonly dims: readonly [number];
      /** So many steps of a model are enough to read any label: its symbols, and a blank between two that are the same. */
      readonly steps: number;
    }
  | { readonly kind: 'none' };

/** A target of one of several outputs of a model, whose name the output has. */
export interface NamedTarget {
  readonly name: string;
  readonly target: Exclude<SingleTarget, { kind: 'none' }>;
}

/**
 * One target, or a model of several outputs with a target each (multi-task learning). The numbers of several targets lie one
 * behind the other in one row of float32, in order; class numbers are exact in it.
 */
export type TargetSpec = SingleTarget | SeveralTargets;

export interface SeveralTargets {
  readonly kind: 'several';
  readonly outputs: readonly NamedTarget[];
}

export const FEATURES = 'features';
/** The features as the model sees them, when it normalises them; what an autoencoder is compared with. */
export const NORMALIZED = 'normalized';
/** The scalar that training differentiates: the sum over the batch. */
export const LOSS = 'loss';
/** The scalar that the loss and its gradient are divided by in the end: rows that count, or the sum of their weights. */
export const DENOMINATOR = 'denominator';

/**
 * Numbers that the last layer makes: a logit per class (for each position), for each symbol and the blank (for each step), one logit, one number or several, or as many as
 * there are features.
 */
export function outputsFor(target: SingleTarget, features: Pick<FeatureSpec, 'shape'>): number {
  if (target.kind === 'class') return target.classes.length;
  if (target.kind === 'symbols') return target.classes.length + 1;
  return sizeOf(outputDimsFor(target, features));
}

/** Shape of the model's output for one example: class targets [...dims, classes], symbols [steps or more, classes and the blank], numbers dims or [1], binary [1]. */
export function outputDimsFor(target: SingleTarget, features: Pick<FeatureSpec, 'shape'>): readonly number[] {
  if (target.kind === 'none') return features.shape;
  if (target.kind === 'class') return [...positionsOf(target), target.classes.length];
  if (target.kind === 'symbols') return [target.steps, outputsFor(target, features)];
  const dims = positionsOf(target);
  return dims.length === 0 ? [1] : dims;
}

/** Positions of one example that have a target of their own; [] for one target per example. */
export function positionsOf(target: TargetSpec): readonly number[] {
  return 'dims' in target ? (target.dims ?? []) : [];
}

/** How the probabilities of one of several outputs are called; those of `logits` are `probabilities`. */
export function probabilitiesOf(output: string): string {
  return `${output}_probabilities`;
}

/** Numbers that the target of one row has. */
export function targetSize(target: SingleTarget): number {
  return target.kind === 'none' ? 0 : sizeOf(positionsOf(target));
}

/** `logits` for classes, `prediction` for numbers. */
export function outputNameFor(target: SingleTarget): 'logits' | 'prediction' {
  return 'classes' in target ? 'logits' : 'prediction';
}

/** Names of values that programs add to a graph; an imported graph's own values give way to them. */
export const RESERVED_NAMES = [
  FEATURES,
  'logits',
  'prediction',
  NORMALIZED,
  'probabilities',
  'target',
  LOSS,
  DENOMINATOR,
  'examples',
  'correct',
  'confusion',
  'squared_error',
  'absolute_error',
  'target_sum',
  'target_squares',
  'token_count',
  'top_3_correct',
  'top_5_correct',
  'surprise',
  'calibration',
  'scores',
  'edit_distance',
  'symbol_count',
] as const;
