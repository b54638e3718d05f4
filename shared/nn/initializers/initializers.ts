import { z } from 'zod';
import { StoredTensor } from '../../onnx/stored-tensor.ts';
import { float32, sizeOf, type Tensor } from '../../onnx/tensor.ts';
import { drawNormals, drawUniform } from '../../parameters/draw.ts';
import { createRandom } from '../../parameters/random.ts';
import { orthogonal } from './orthogonal.ts';

/** Elements that feed one output (`fanIn`) and that one input feeds (`fanOut`). */
export interface Fans {
  readonly fanIn: number;
  readonly fanOut: number;
}

/**
 * Bounds of U(-bound, bound), by initializer.
 *
 * - `fan-in-uniform`: 1/sqrt(fanIn), what PyTorch's Linear and Conv start from (kaiming_uniform_ with
 *   a = sqrt(5)), for weights and biases alike.
 * - `he-uniform`: sqrt(6/fanIn), He et al. 2015, for layers that a ReLU follows.
 * - `glorot-uniform`: sqrt(6/(fanIn + fanOut)), Glorot and Bengio 2010, Keras's default.
 */
const BOUNDS = {
  'fan-in-uniform': ({ fanIn }: Fans) => 1 / Math.sqrt(fanIn),
  'he-uniform': ({ fanIn }: Fans) => Math.sqrt(6 / fanIn),
  'glorot-uniform': ({ fanIn, fanOut }: Fans) => Math.sqrt(6 / (fanIn + fanOut)),
} as const;

/**
 * Standard deviations of N(0, deviation²): He et al. 2015, Glorot and Bengio 2010, and 1/sqrt(fanIn) of LeCun et al.
 * 1998, which SELU needs.
 */
const DEVIATIONS = {
  'he-normal': ({ fanIn }: Fans) => Math.sqrt(2 / fanIn),
  'glorot-normal': ({ fanIn, fanOut }: Fans) => Math.sqrt(2 / (fanIn + fanOut)),
  'lecun-normal': ({ fanIn }: Fans) => 1 / Math.sqrt(fanIn),
} as const;

export const initializerNames = [
  'fan-in-uniform',
  'he-uniform',
  'glorot-uniform',
  'he-normal',
  'glorot-normal',
  'lecun-normal',
  'orthogonal',
  'zeros',
  'ones',
] as const;
export type InitializerName = (typeof initializerNames)[number];

/** A rule by its name, or a distribution of a given width. */
export type Initializer =
  | InitializerName
  /** N(0, normal²). */
  | { readonly normal: number }
  /** The same without what is farther from 0 than two standard deviations. */
  | { readonly 'truncated-normal': number }
  /** U(-uniform, uniform). */
  | { readonly uniform: number }
  | { readonly constant: number };

const width = z.number().positive();

const anyInitializer = z.union([
  z.enum(initializerNames),
  z.strictObject({ normal: width }),
  z.strictObject({ 'truncated-normal': width }),
  z.strictObject({ uniform: width }),
  z.strictObject({ constant: z.number() }),
]);

/** For the options of layers with weights. */
export const initializerSchema = anyInitializer.default('fan-in-uniform');

/** For layers of transformers: N(0, 0.02²), as GPT-2 and BERT start. */
export const smallNormalSchema = anyInitializer.default({ normal: 0.02 });

/** What a bias starts from beside weights of that kind: PyTorch's draws it too, the others start at zero. */
export function biasInitializer(weights: Initializer): InitializerName {
  return weights === 'fan-in-uniform' ? 'fan-in-uniform' : 'zeros';
}

/** The same distribution, `factor` times as wide; what depends on the fans only stays as it is. */
export function scaled(initializer: Initializer, factor: number): Initializer {
  if (typeof initializer === 'string') return initializer;
  const entries = Object.entries(initializer).map(([kind, value]) => [kind, value * factor]);
  return Object.fromEntries(entries) as Initializer;
}

/** A parameter of as many bytes is drawn when somebody looks at it: mostly a checkpoint takes its place. */
const LEAST_DRAWN = 1 << 20;

/**
 * The initial value of one parameter. The generator is keyed by seed and name, so a parameter's start does not
 * depend on what else the model has.
 */
export function initialValue(
  initializer: Initializer,
  dims: readonly number[],
  fans: Fans,
  key: { readonly seed: number; readonly name: string },
): Tensor {
  const seed = hash(`${key.seed}/${key.name}`);
  const size = sizeOf(dims);
  const draw = drawOf(initializer, fans, seed);
  const from = (start: number, count: number): Float32Array => {
    const values = new Float32Array(count);
    draw?.(values, start);
    return values;
  };
  const isLarge = size * Float32Array.BYTES_PER_ELEMENT >= LEAST_DRAWN;
  if (draw) return isLarge ? new StoredTensor('float32', dims, from) : float32(dims, from(0, size));
  const values = new Float32Array(size);
  if (typeof initializer === 'object' && 'truncated-normal' in initializer)
    drawNormals(values, seed, initializer['truncated-normal'], 2);
  else orthogonal(values, dims, createRandom(seed));
  return float32(dims, values);
}

/** Fills an array with the numbers of a parameter from `start` on. */
type Draw = (values: Float32Array, start: number) => void;

/** Undefined where a number depends on those before it: a normal one that is drawn again when it is too far out, orthogonal rows. */
function drawOf(initializer: Initializer, fans: Fans, seed: number): Draw | undefined {
  const uniform =
    (bound: number): Draw =>
    (values, start) =>
      drawUniform(values, seed, bound, start);
  const normal =
    (deviation: number): Draw =>
    (values, start) =>
      drawNormals(values, seed, deviation, undefined, start);
  const constant =
    (value: number): Draw =>
    (values) =>
      values.fill(value);
  if (typeof initializer === 'object') {
    if ('constant' in initializer) return constant(initializer.constant);
    if ('uniform' in initializer) return uniform(initializer.uniform);
    return 'normal' in initializer ? normal(initializer.normal) : undefined;
  }
  switch (initializer) {
    case 'orthogonal':
      return undefined;
    case 'zeros':
      return constant(0);
    case 'ones':
      return constant(1);
    default:
      return initializer in BOUNDS
        ? uniform(BOUNDS[initializer as keyof typeof BOUNDS](fans))
        : normal(DEVIATIONS[initializer as keyof typeof DEVIATIONS](fans));
  }
}

/** FNV-1a, 32 bits: stable across platforms and versions. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  }
  return value >>> 0;
}
