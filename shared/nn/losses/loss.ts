import type { LossJob } from '../../job/job.ts';
import type { GraphBuilder } from '../../onnx/builder.ts';
import type { TargetSpec } from '../specs.ts';

/** Two scalars of the graph; the loss that people read is sum / denominator, over all members. */
export interface LossTerms {
  readonly sum: string;
  readonly denominator: string;
}

/** What a loss compares, all float32. */
export interface LossInputs {
  /** [batch, classes] for class targets, else [batch]: logits or predictions. */
  readonly output: string;
  /** One-hot rows [batch, classes] for class targets (zeros: ignored), else [batch]. */
  readonly target: string;
  /** Scalar: rows that count. */
  readonly examples: string;
}

/** A row of the registry: the target types a loss is for, and its graph. */
export interface LossRow<K extends LossJob['kind'] = LossJob['kind']> {
  readonly targets: readonly TargetSpec['kind'][];
  readonly description: string;
  build(builder: GraphBuilder, inputs: LossInputs, job: Extract<LossJob, { kind: K }>): LossTerms;
}

/** The sum of all elements, a scalar of rank 0. */
export function total(builder: GraphBuilder, value: string, hint: string): string {
  return builder.op('ReduceSum', [value], { keepdims: 0 }, hint);
}
