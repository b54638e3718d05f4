import { type Engine, type Executable, gradientName } from '../../../engines/engine.ts';
import type { GradientOptions } from '../../../shared/autodiff/gradient-model.ts';
import type { Model } from '../../../shared/onnx/model.ts';
import { float32, sizeOf, type Tensor } from '../../../shared/onnx/tensor.ts';
import type { ParameterLayout } from '../../../shared/parameters/layout.ts';
import { LOSS, type Program } from '../../../shared/programs/program.ts';

/** One batch: features and target row by row, noise by input name. */
export interface Batch {
  readonly features: readonly number[] | Float32Array;
  readonly target?: readonly number[];
  readonly noise?: Readonly<Record<string, Float32Array>>;
}

export interface Outcome {
  readonly sums: Readonly<Record<string, number>>;
  readonly extras: Readonly<Record<string, Float32Array>>;
  readonly predictions: Readonly<Record<string, Float32Array>>;
  /** A vector of the whole layout: gradients in front, moments of the batch behind. */
  readonly update: Float32Array;
}

/** Runs a program on plain arrays, as a member does on its flat vectors. */
export class ProgramRunner {
  private constructor(
    private readonly program: Program,
    private readonly layout: ParameterLayout,
    private readonly executable: Executable,
  ) {}

  static async compile(
    engine: Engine,
    program: Program,
    layout: ParameterLayout,
    options: GradientOptions = {},
  ): Promise<ProgramRunner> {
    const gradients = { of: program.scaled?.loss ?? LOSS, withRespectTo: program.differentiate, ...options };
    return new ProgramRunner(
      program,
      layout,
      await engine.compile({
        model: program.model,
        ...(program.differentiate.length > 0 ? { gradients } : {}),
      }),
    );
  }

  /** @param scale of the loss, where the program has one; gradients come out that much larger */
  async run(values: Float32Array, batch: Batch, scale = 1): Promise<Outcome> {
    const { program, layout } = this;
    const count = batch.features.length / sizeOf(program.features.dims);
    const features = [count, ...program.features.dims];
    const feeds: Record<string, Tensor> = {
      [program.features.name]:
        program.features.type === 'int32'
          ? { type: 'int32', dims: features, data: Int32Array.from(batch.features) }
          : float32(features, batch.features),
    };
    if (program.target) {
      const numbers = batch.target ?? [];
      const data = program.target.type === 'int32' ? Int32Array.from(numbers) : Float32Array.from(numbers);
      feeds[program.target.name] = {
        type: program.target.type,
        dims: [count, ...program.target.dims],
        data,
      };
    }
    if (program.scaled) feeds[program.scaled.input] = float32([], [scale]);
    for (const { name, dims } of program.noise) feeds[name] = float32([count, ...dims], batch.noise![name]!);
    const inputs = new Set(program.model.graph.inputs.map(({ name }) => name));
    for (const { name, dims, offset, length } of layout.entries) {
      if (inputs.has(name)) feeds[name] = float32(dims, values.subarray(offset, offset + length));
    }
    const update = new Float32Array(layout.length);
    const results: Record<string, Tensor> = {};
    const place = (output: string, parameter: string) => {
      const { dims, offset, length } = layout.entries.find(({ name }) => name === parameter)!;
      results[output] = float32(dims, update.subarray(offset, offset + length));
    };
    for (const name of program.differentiate) place(gradientName(name), name);
    for (const statistic of program.statistics) {
      place(statistic.meanOutput, statistic.mean);
      place(statistic.secondMomentOutput, statistic.variance);
    }
    const fresh = (name: string, dims: readonly number[]) => {
      results[name] = float32(dims, new Float32Array(sizeOf(dims)));
    };
    for (const name of program.sums) fresh(name, []);
    for (const { name, dims } of program.extras) fresh(name, dims);
    for (const { name, dims } of program.predictions) fresh(name, [count, ...dims]);
    await this.executable.run(feeds, results);
    const read = (names: readonly string[]) =>
      Object.fromEntries(names.map((name) => [name, results[name]!.data as Float32Array]));
    return {
      sums: Object.fromEntries(program.sums.map((name) => [name, (results[name]!.data as Float32Array)[0]!])),
      extras: read(program.extras.map(({ name }) => name)),
      predictions: read(program.predictions.map(({ name }) => name)),
      update,
    };
  }

  release(): Promise<void> {
    return this.executable.release();
  }
}

/** The flat vector of a model's initial values. */
export function initialValues(model: Model, layout: ParameterLayout): Float32Array {
  const values = new Float32Array(layout.length);
  for (const { name, offset } of layout.entries) {
    values.set(model.graph.initializers.get(name)!.data as Float32Array, offset);
  }
  return values;
}

/** ‖a - b‖₂ / (‖b‖₂ + floor). */
export function relativeError(a: ArrayLike<number>, b: ArrayLike<number>, floor = 1e-12): number {
  let difference = 0;
  let size = 0;
  for (let index = 0; index < b.length; index++) {
    difference += (a[index]! - b[index]!) ** 2;
    size += b[index]! ** 2;
  }
  return Math.sqrt(difference) / (Math.sqrt(size) + floor);
}
