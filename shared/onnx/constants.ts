import { DATA_TYPES } from './data-types.ts';
import { ModelError } from './errors.ts';
import type { Node } from './model.ts';
import { type DataType, float32, int64, type Tensor } from './tensor.ts';

/** A tensor of any type whose values fit a JavaScript number. @throws ModelError for 16-bit floats and strings */
export function constantTensor(type: DataType, dims: readonly number[], values: readonly number[]): Tensor {
  if (type === 'int64') return int64(dims, values);
  if (type === 'uint64') return { type, dims, data: BigUint64Array.from(values, BigInt) };
  if (type === 'float16' || type === 'bfloat16' || type === 'string') {
    throw new ModelError(
      `a number cannot be written as ${type}: make the tensor yourself, or Cast a float32`,
    );
  }
  const array = DATA_TYPES[type].array as unknown as { from(values: readonly number[]): Float32Array };
  return { type, dims, data: array.from(values) };
}

/** The tensor of a Constant node, whichever attribute holds it; undefined for strings. */
export function tensorOfConstant(node: Node): Tensor | undefined {
  const { value, value_float, value_floats, value_int, value_ints } = node.attributes;
  if (value?.kind === 'tensor') return value.value;
  if (value_float?.kind === 'float') return float32([], [value_float.value]);
  if (value_floats?.kind === 'floats') return float32([value_floats.value.length], value_floats.value);
  if (value_int?.kind === 'int') return int64([], [value_int.value]);
  if (value_ints?.kind === 'ints') return int64([value_ints.value.length], value_ints.value);
  return undefined;
}

/** The Constant nodes of a graph, by content, so that each value is there once. */
export class ConstantPool {
  readonly #byKey = new Map<string, string[]>();
  readonly #tensors = new Map<string, Tensor>();

  add(node: Node): void {
    const tensor = tensorOfConstant(node);
    const [name] = node.outputs;
    if (!tensor || !name) return;
    this.#tensors.set(name, tensor);
    const key = keyOf(tensor);
    const same = this.#byKey.get(key);
    if (same) same.push(name);
    else this.#byKey.set(key, [name]);
  }

  tensorOf(value: string): Tensor | undefined {
    return this.#tensors.get(value);
  }

  find(tensor: Tensor): string | undefined {
    return this.#byKey
      .get(keyOf(tensor))
      ?.find((name) => equalData(this.#tensors.get(name) as Tensor, tensor));
  }
}

function bytesOf(tensor: Tensor): Uint8Array | undefined {
  const { data } = tensor;
  return Array.isArray(data) ? undefined : new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/** Type, shape and a hash (FNV-1a) of the bytes. */
function keyOf(tensor: Tensor): string {
  let hash = 0x811c9dc5;
  for (const byte of bytesOf(tensor) ?? []) hash = Math.imul(hash ^ byte, 0x01000193);
  return `${tensor.type}[${tensor.dims.join(',')}]${hash >>> 0}`;
}

function equalData(a: Tensor, b: Tensor): boolean {
  const [x, y] = [bytesOf(a), bytesOf(b)];
  if (!x || !y) return false;
  return x.length === y.length && x.every((byte, i) => byte === y[i]);
}
