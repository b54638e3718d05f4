import type { SingleLossJob } from '../../job/job.ts';
import type { GraphBuilder } from '../../onnx/builder.ts';
import type { SingleTarget } from '../specs.ts';

/** Two scalars of the graph; the loss that people read is sum / denominator, over all members. */
export interface LossTerms {
  readonly sum: string;
  readonly denominator: string;
}

/** Values of the graph, [batch, n] each: normal distributions that a model draws from. */
export interface Latent {
  readonly mean: string;
  readonly logVariance: string;
}

/** What a loss compares, all float32. */
export interface LossInputs {
  /** [rows, classes] for class targets, one row for each position of each example; else [batch] or [batch, …dims]. */
  readonly output: string;
  /** One-hot rows [rows, classes] for class targets (zeros: ignored), else in the shape of the predictions. */
  readonly target: string;
  /** Scalar: rows that count, or values. */
  readonly examples: string;
  /** Class targets: int32 class numbers [rows], and float32 [rows], 1 for each that counts (0: ignored, and its label is 0). */
  readonly labels?: string;
  readonly counts?: string;
  /** Class targets: rows of one example; 1 when absent. */
  readonly positions?: number;
  /** What the model's `sample` layers draw from. */
  readonly latents?: readonly Latent[];
}

/** A row of the registry: the target types a loss is for, and its graph. */
export interface LossRow<K extends SingleLossJob['kind'] = SingleLossJob['kind']> {
  readonly targets: readonly SingleTarget['kind'][];
  readonly description: string;
  /**
   * Compares the rows of a batch with each other, so that its sum is no sum over examples: what N members give of their pieces
   * is not what one gives of the whole batch.
   */
  readonly coupled?: true;
  /** Why its target cannot be scaled (data.target.normalize), where it cannot. */
  readonly asItIs?: string;
  build(builder: GraphBuilder, inputs: LossInputs, job: Extract<SingleLossJob, { kind: K }>): LossTerms;
}

/** The sum of all elements, a scalar of rank 0. */
export function total(builder: GraphBuilder, value: string, hint: string): string {
  return builder.op('ReduceSum', [value], { keepdims: 0 }, hint);
}
