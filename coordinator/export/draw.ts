import type { Engine } from '../../engines/engine.ts';
import { normals } from '../../shared/nn/initializers/normals.ts';
import type { Model } from '../../shared/onnx/model.ts';
import { float32, sizeOf, type Tensor } from '../../shared/onnx/tensor.ts';
import { createRandom } from '../../shared/parameters/random.ts';

/** What a sampler made: one behind the other, and the shape of one. */
export interface Drawn {
  readonly values: Float32Array;
  readonly shape: readonly number[];
}

/** Standard normal numbers [count, size], the same for the same seed. */
export function latents(seed: number, count: number, size: number): Float32Array {
  const values = new Float32Array(count * size);
  normals(values, createRandom(seed), 1);
  return values;
}

/**
 * Runs a sampler (`shared/programs/sampler.ts`) on latents of a seed.
 *
 * @param weights of a program that takes them as inputs
 */
export async function draw(
  engine: Engine,
  model: Model,
  options: {
    readonly seed: number;
    readonly count: number;
    readonly weights?: Readonly<Record<string, Tensor>>;
  },
): Promise<Drawn> {
  const input = model.graph.inputs[0]!;
  const output = model.graph.outputs[0]!;
  const { count } = options;
  const shape = output.dims.slice(1) as number[];
  const size = input.dims[1] as number;
  const values = new Float32Array(count * sizeOf(shape));
  const executable = await engine.compile({ model });
  try {
    await executable.run(
      { ...options.weights, [input.name]: float32([count, size], latents(options.seed, count, size)) },
      { [output.name]: float32([count, ...shape], values) },
    );
  } finally {
    await executable.release();
  }
  return { values, shape };
}
