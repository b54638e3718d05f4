/** One example's raw features, and what the model does to them first. */
export interface FeatureSpec {
  /** Without the batch dimension. */
  readonly shape: readonly number[];
  readonly normalize:
    | { readonly kind: 'none' }
    | { readonly kind: 'divide'; readonly by: number }
    /** Per feature, row-major over `shape`; a deviation of 0 counts as 1. */
    | {
        readonly kind: 'standardize';
        readonly mean: readonly number[];
        readonly deviation: readonly number[];
      };
}

/** What is predicted: one of `classes`, a number, or yes (the second of `classes`) and no. */
export type TargetSpec =
  | { readonly kind: 'class'; readonly classes: readonly string[] }
  | { readonly kind: 'number' }
  | { readonly kind: 'binary'; readonly classes: readonly [string, string] };

export const FEATURES = 'features';
/** The scalar that training differentiates: the sum over the batch. */
export const LOSS = 'loss';
/** The scalar that the loss and its gradient are divided by in the end: rows that count, or the sum of their weights. */
export const DENOMINATOR = 'denominator';

/** Numbers that the model makes for one example: a logit per class, one logit, or one number. */
export function outputsFor(target: TargetSpec): number {
  return target.kind === 'class' ? target.classes.length : 1;
}

/** `logits` for classes, `prediction` for numbers. */
export function outputNameFor(target: TargetSpec): 'logits' | 'prediction' {
  return target.kind === 'number' ? 'prediction' : 'logits';
}

/** Names of values that programs add to a graph; an imported graph's own values give way to them. */
export const RESERVED_NAMES = [
  FEATURES,
  'logits',
  'prediction',
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
] as const;
