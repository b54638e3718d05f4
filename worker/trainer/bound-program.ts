import type { Engine, Executable } from '../../engines/engine.ts';
import { gradientName } from '../../engines/engine.ts';
import type { GradientOptions } from '../../shared/autodiff/gradient-model.ts';
import type { Tensor, TensorMap } from '../../shared/onnx/tensor.ts';
import { sizeOf } from '../../shared/onnx/tensor.ts';
import type { ParameterLayout } from '../../shared/parameters/layout.ts';
import type { Vector } from '../../shared/parameters/memory.ts';
import { LOSS, type Program } from '../../shared/programs/program.ts';

/** The inputs of one batch, filled by the caller before each run. `noise` is in the program's order. */
export interface BatchBuffers {
  /** Numbers, or token ids. */
  readonly features: Float32Array | Int32Array;
  /** Empty for a program without a target. */
  readonly target: Int32Array | Float32Array;
  readonly noise: readonly Float32Array[];
}

/** Batch sizes whose feeds are kept: that of a round, and those of last batches. */
const SIZES_KEPT = 32;

/** A batch's buffers, and with the parameters what a run is fed: the same objects each time, so that engines check and wrap them once. */
interface Fed {
  readonly buffers: BatchBuffers;
  readonly feeds: TensorMap;
}

/**
 * A program on an engine, its inputs and outputs bound to flat vectors: parameters are read from one, gradients and
 * batch statistics land in another, at the same offsets, without a copy in between.
 */
export class BoundProgram {
  /** Values of the program's scalar sums after a run, in the program's order. */
  readonly sums: Float32Array;
  /** Extra outputs (a confusion matrix) after a run, by name. */
  readonly extras: Readonly<Record<string, Float32Array>>;
  /** What the loss is multiplied by, where the program is scaled. */
  private readonly scale = new Float32Array(1);
  private readonly parameters: TensorMap;
  private readonly results: TensorMap;
  private capacity = 0;
  private features: Float32Array | Int32Array = new Float32Array(0);
  private target: Int32Array | Float32Array = new Float32Array(0);
  private noise: Float32Array[] = [];
  /** By the number of examples. */
  private readonly fed = new Map<number, Fed>();

  private constructor(
    readonly program: Program,
    private readonly executable: Executable,
    layout: ParameterLayout,
    parameters: Vector,
    update: Vector | undefined,
  ) {
    const view = (vector: Vector, name: string): Tensor => {
      const entry = layout.entries.find((candidate) => candidate.name === name);
      if (!entry)
        throw new Error(`the program reads or writes '${name}', which is not in the parameter layout`);
      return {
        type: 'float32',
        dims: entry.dims,
        data: vector.view.subarray(entry.offset, entry.offset + entry.length),
      };
    };
    const inputs = new Set(program.model.graph.inputs.map((input) => input.name));
    this.parameters = Object.fromEntries(
      layout.entries
        .filter((entry) => inputs.has(entry.name))
        .map((entry) => [entry.name, view(parameters, entry.name)]),
    );
    this.sums = new Float32Array(program.sums.length);
    this.extras = Object.fromEntries(
      program.extras.map((extra) => [extra.name, new Float32Array(sizeOf(extra.dims))]),
    );
    const results: Record<string, Tensor> = {};
    program.sums.forEach((name, index) => {
      results[name] = { type: 'float32', dims: [], data: this.sums.subarray(index, index + 1) };
    });
    for (const extra of program.extras) {
      results[extra.name] = { type: 'float32', dims: extra.dims, data: this.extras[extra.name]! };
    }
    if (update) {
      for (const name of program.differentiate) results[gradientName(name)] = view(update, name);
      for (const statistic of program.statistics) {
        results[statistic.meanOutput] = view(update, statistic.mean);
        results[statistic.secondMomentOutput] = view(update, statistic.variance);
      }
    }
    this.results = results;
  }

  /**
   * @param parameters the vector that parameters are read from
   * @param gradients where gradients and batch statistics land, and how they are computed; undefined for a program without
   *   gradients
   */
  static async bind(
    engine: Engine,
    program: Program,
    layout: ParameterLayout,
    parameters: Vector,
    gradients?: { readonly update: Vector } & GradientOptions,
  ): Promise<BoundProgram> {
    const executable = await engine.compile({
      model: program.model,
      gradients:
        program.differentiate.length > 0
          ? {
              of: program.scaled?.loss ?? LOSS,
              withRespectTo: program.differentiate,
              recompute: gradients?.recompute,
              precision: gradients?.precision,
            }
          : undefined,
    });
    return new BoundProgram(program, executable, layout, parameters, gradients?.update);
  }

  /** Buffers for a batch of `count` examples: views of memory that is kept and only grows. */
  buffers(count: number): BatchBuffers {
    return this.feed(count).buffers;
  }

  /**
   * Runs on the first `count` examples of the buffers.
   *
   * @param scale of the loss, where the program has one: gradients come out that much larger
   */
  run(count: number, scale = 1): Promise<void> {
    this.scale[0] = scale;
    return this.executable.run(this.feed(count).feeds, this.results);
  }

  release(): Promise<void> {
    return this.executable.release();
  }

  private feed(count: number): Fed {
    const known = this.fed.get(count);
    if (known) return known;
    if (count > this.capacity || this.fed.size >= SIZES_KEPT) this.fed.clear();
    const buffers = this.viewsOf(count);
    const fed = { buffers, feeds: this.feedsOf(count, buffers) };
    this.fed.set(count, fed);
    return fed;
  }

  private viewsOf(count: number): BatchBuffers {
    const { features, target, noise } = this.program;
    if (count > this.capacity) {
      this.capacity = count;
      const values = count * sizeOf(features.dims);
      this.features = features.type === 'int32' ? new Int32Array(values) : new Float32Array(values);
      const targetLength = target ? count * sizeOf(target.dims) : 0;
      this.target = target?.type === 'int32' ? new Int32Array(targetLength) : new Float32Array(targetLength);
      this.noise = noise.map((input) => new Float32Array(count * sizeOf(input.dims)));
    }
    return {
      features: this.features.subarray(0, count * sizeOf(features.dims)),
      target: this.target.subarray(0, target ? count * sizeOf(target.dims) : 0) as Int32Array | Float32Array,
      noise: this.noise.map((buffer, index) => buffer.subarray(0, count * sizeOf(noise[index]!.dims))),
    };
  }

  private feedsOf(count: number, batch: BatchBuffers): TensorMap {
    const { program } = this;
    const feeds: Record<string, Tensor> = { ...this.parameters };
    feeds[program.features.name] = {
      type: program.features.type,
      dims: [count, ...program.features.dims],
      data: batch.features,
    };
    if (program.scaled) feeds[program.scaled.input] = { type: 'float32', dims: [], data: this.scale };
    if (program.target) {
      feeds[program.target.name] = {
        type: program.target.type,
        dims: [count, ...program.target.dims],
        data: batch.target,
      };
    }
    program.noise.forEach((input, index) => {
      feeds[input.name] = { type: 'float32', dims: [count, ...input.dims], data: batch.noise[index]! };
    });
    return feeds;
  }
}
