import type { Precision } from '../shared/autodiff/mixed-precision/operators.ts';
import type { Recompute } from '../shared/autodiff/recompute/recompute.ts';
import type { Model } from '../shared/onnx/model.ts';
import type { TensorMap } from '../shared/onnx/tensor.ts';
import type { Float16 } from '../shared/programs/precision.ts';

/**
 * What an engine runs: a forward graph whose weights are graph inputs, and which values to differentiate.
 * The engine derives the gradients in its own way (ours: an ONNX graph by `shared/autodiff`; TensorFlow.js: by
 * `tf.grads`), so two engines check each other.
 */
export interface Computation {
  readonly model: Model;
  /** It runs a few times: no memory is spent on running faster, as on weights in another order. Default false. */
  readonly seldom?: boolean | undefined;
  readonly gradients?: {
    /** A scalar output of the graph. */
    readonly of: string;
    /** Graph inputs; for each an output `<name>_grad` of the same shape is added. */
    readonly withRespectTo: readonly string[];
    /** Computes activations again for the gradients instead of keeping them; TensorFlow.js keeps them. Default 'off'. */
    readonly recompute?: Recompute | undefined;
    /** What they, and the graph before them, are computed in; see `float16`. Default 'float32'. */
    readonly precision?: Precision | undefined;
  };
}

export interface EngineInfo {
  /** 'onnxruntime-node', 'onnxruntime-web' or 'tfjs'. */
  readonly name: string;
  /** The execution provider or backend: 'cpu', 'webgpu', 'cuda', 'wasm', … */
  readonly provider: string;
  readonly version: string;
  readonly threads: number;
  /** Bytes of constants that a program of it has at most; left out where the machine's memory decides. */
  readonly mostConstants?: number;
  /** As the engine's method says it, where it was asked. */
  readonly float16?: Float16;
}

/** Runs graphs. Nothing outside an engine knows which one it is. */
export interface Engine {
  readonly info: EngineInfo;
  /** Found out on this device, by running a product in float16. */
  float16(): Promise<Float16>;
  compile(computation: Computation): Promise<Executable>;
  close(): Promise<void>;
}

export interface Executable {
  /** Every output, in graph order, then the gradients. */
  readonly outputs: readonly string[];
  /**
   * Runs once. Each tensor of `results` names an output and owns the memory it is written into (a view of a
   * flat vector, usually); outputs that are not named are not fetched. An object of feeds or results that comes again must hold the
   * same tensors as before, with other numbers: it need not be looked at again.
   *
   * @throws EngineError when a feed is missing, a shape or type does not fit, or the runtime fails.
   */
  run(feeds: TensorMap, results: TensorMap): Promise<void>;
  release(): Promise<void>;
}

/** A failure inside an engine, with what it was doing. */
export class EngineError extends Error {
  override readonly name = 'EngineError';
}

/** The name of the gradient output that belongs to a graph input. */
export function gradientName(input: string): string {
  return `${input}_grad`;
}
