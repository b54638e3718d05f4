export { DENOMINATOR, LOSS } from '../nn/specs.ts';

import type { Model } from '../onnx/model.ts';
import type { DataType } from '../onnx/tensor.ts';

/** Uniform noise in [0, 1) that a program takes as an input instead of drawing it (dropout masks). */
export interface NoiseInput {
  readonly name: string;
  /** Shape of one example's noise, without the batch dimension. */
  readonly dims: readonly number[];
  /** The place in the model, part of the key of the generator: stable across workers and engines. */
  readonly place: number;
}

/** A batch-normalisation statistic that a training program measures on its batch. */
export interface MeasuredStatistic {
  /** Names of the two buffers in the layout. */
  readonly mean: string;
  readonly variance: string;
  /** Program outputs: the batch's mean and second moment E[x²], each of the buffers' shape. */
  readonly meanOutput: string;
  readonly secondMomentOutput: string;
}

/**
 * A forward graph with loss and metrics, in the form that engines run: every parameter is a graph input of its
 * layout name, `features` [batch, …] (float32, or int32 token ids) and `target` [batch] or [batch, …] are inputs, noise is an input. Scalar
 * float32 outputs are sums over the batch, never means.
 */
export interface Program {
  readonly model: Model;
  /** Names of the trainable parameters the program differentiates by; empty for evaluation. */
  readonly differentiate: readonly string[];
  readonly features: { readonly name: string; readonly type: DataType; readonly dims: readonly number[] };
  /** Where gradients are of a multiple of the loss (loss-scale.ts): the input that multiplies it, and the product. */
  readonly scaled?: { readonly input: string; readonly loss: string } | undefined;
  /** Missing where nothing is compared with (prediction), or the features themselves are (autoencoders). */
  readonly target?:
    | { readonly name: string; readonly type: DataType; readonly dims: readonly number[] }
    | undefined;
  readonly noise: readonly NoiseInput[];
  /** Scalar outputs: `loss` (sum), `denominator` (what to divide it by), then the metrics' sums by name. */
  readonly sums: readonly string[];
  /** Outputs beside the scalars that are sums over the batch too, float32: `confusion` [classes, classes] in evaluation. */
  readonly extras: readonly { readonly name: string; readonly dims: readonly number[] }[];
  readonly statistics: readonly MeasuredStatistic[];
  /** Prediction programs: the outputs, with the shape of one example's. */
  readonly predictions: readonly {
    readonly name: string;
    readonly type: DataType;
    readonly dims: readonly number[];
  }[];
}
