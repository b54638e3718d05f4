import { DATA_TYPES } from './data-types.ts';
import { ModelError } from './errors.ts';
import type { Node } from './model.ts';
import { StoredTensor } from './stored-tensor.ts';
import { type DataType, float32, int64, type Tensor } from './tensor.ts';

/** A tensor of any type whose values fit a JavaScript number. @throws ModelError for strings */
export function constantTensor(type: DataType, dims: readonly number[], values: readonly number[]): Tensor {
  if (type === 'int64') return int64(dims, values);
  if (type === 'uint64') return { type, dims, data: BigUint64Array.from(values, BigInt) };
  if (type === 'float16' || type === 'bfloat16') {
    return { type, dims, data: Uint16Array.from(values, type === 'float16' ? toHalf : toBrain) };
  }
  if (type === 'string') {
    throw new ModelError(
      `a number cannot be written as ${type}: make the tensor yourself, or Cast a float32`,
    );
  }
  const array = DATA_TYPES[type].array as unknown as { from(values: readonly number[]): Float32Array };
  return { type, dims, data: array.from(values) };
}

const single = new Float32Array(1);
const bits = new Uint32Array(single.buffer);

/** The nearest bfloat16: the upper half of a float32, ties to even. */
function toBrain(value: number): number {
  single[0] = value;
  const [word = 0] = bits;
  if (Number.isNaN(value)) return (word >>> 16) | 0x40;
  return ((word + 0x7fff + ((word >>> 16) & 1)) >>> 16) & 0xffff;
}

/** The nearest IEEE 754 binary16, ties to even; beyond 65,504 infinite. */
function toHalf(value: number): number {
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const size = Math.abs(value);
  if (Number.isNaN(value)) return 0x7e00;
  if (size >= 65520) return sign | 0x7c00;
  // Subnormal below 2^-14: multiples of 2^-24.
  const exponent = size < 2 ** -14 ? -14 : Math.floor(Math.log2(size));
  const scaled = size / 2 ** (exponent - 10);
  const floor = Math.floor(scaled);
  const rest = scaled - floor;
  const rounded = rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor;
  // A carry out of the fraction raises the exponent by itself.
  return sign | (size < 2 ** -14 ? rounded : ((exponent + 15) << 10) + (rounded - 1024));
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
  // Those in a file are not read for it: they are compared by themselves.
  if (tensor instanceof StoredTensor) return undefined;
  const { data } = tensor;
  return Array.isArray(data) ? undefined : new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/** Bytes of a tensor that its key is made of: frozen weights are large, and equal keys are compared anyway. */
const SAMPLED = 4096;

/** Type, shape and a hash (FNV-1a) of bytes that are spread over the tensor. */
function keyOf(tensor: Tensor): string {
  let hash = 0x811c9dc5;
  const bytes = bytesOf(tensor) ?? new Uint8Array();
  // An odd stride meets all bytes of an element in turn.
  const stride = Math.ceil(bytes.length / SAMPLED) | 1;
  for (let index = 0; index < bytes.length; index += stride) {
    hash = Math.imul(hash ^ (bytes[index] as number), 0x01000193);
  }
  return `${tensor.type}[${tensor.dims.join(',')}]${hash >>> 0}`;
}

function equalData(a: Tensor, b: Tensor): boolean {
  if (a === b) return true;
  const [x, y] = [bytesOf(a), bytesOf(b)];
  if (!x || !y) return false;
  return x.length === y.length && x.every((byte, i) => byte === y[i]);
}
