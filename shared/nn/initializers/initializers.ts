import { z } from 'zod';
import { float32, sizeOf, type Tensor } from '../../onnx/tensor.ts';
import { createRandom } from '../../parameters/random.ts';

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

export const initializerNames = ['fan-in-uniform', 'he-uniform', 'glorot-uniform', 'zeros', 'ones'] as const;
export type InitializerName = (typeof initializerNames)[number];

/** For the options of layers with weights. */
export const initializerSchema = z.enum(initializerNames).default('fan-in-uniform');

/** What a bias starts from beside weights of that kind: PyTorch's draws it too, the others start at zero. */
export function biasInitializer(weights: InitializerName): InitializerName {
  return weights === 'fan-in-uniform' ? 'fan-in-uniform' : 'zeros';
}

/**
 * The initial value of one parameter. The generator is keyed by seed and name, so a parameter's start does not
 * depend on what else the model has.
 */
export function initialValue(
  initializer: InitializerName,
  dims: readonly number[],
  fans: Fans,
  key: { readonly seed: number; readonly name: string },
): Tensor {
  const values = new Float32Array(sizeOf(dims));
  if (initializer === 'ones') {
    values.fill(1);
  } else if (initializer !== 'zeros') {
    const bound = BOUNDS[initializer](fans);
    const random = createRandom(hash(`${key.seed}/${key.name}`));
    for (let index = 0; index < values.length; index++) values[index] = (2 * random.next() - 1) * bound;
  }
  return float32(dims, values);
}

/** FNV-1a, 32 bits: stable across platforms and versions. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  }
  return value >>> 0;
}
