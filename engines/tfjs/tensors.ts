import type { DataType, Tensor, TensorData } from '../../shared/onnx/tensor.ts';
import { EngineError } from '../engine.ts';
import type { TensorFlow, TfTensor } from './load.ts';

export type TfType = 'float32' | 'int32' | 'bool';

/**
 * The element type TensorFlow.js computes an ONNX type in. It has three: integers become int32 (int64 values
 * beyond 2³¹ do not fit), and there is no float64.
 *
 * @throws EngineError for a type that has no counterpart.
 */
export function tfType(type: DataType, what: string): TfType {
  switch (type) {
    case 'float32':
      return 'float32';
    case 'bool':
      return 'bool';
    case 'int8':
    case 'uint8':
    case 'int16':
    case 'uint16':
    case 'int32':
    case 'int64':
      return 'int32';
    default:
      throw new EngineError(`TensorFlow.js cannot hold ${what}: it has no ${type}.`);
  }
}

/** A copy of a tensor in TensorFlow.js, of the same shape. */
export function toTf(tf: TensorFlow, tensor: Tensor, what: string): TfTensor {
  const type = tfType(tensor.type, what);
  return tf.tensor(values(tensor.data, type, what), [...tensor.dims], type);
}

function values(data: TensorData, type: TfType, what: string): Float32Array | Int32Array | Uint8Array {
  // A copy each: TensorFlow.js keeps the array it is given, and ours is a view that others write to.
  if (type === 'float32') return Float32Array.from(data as Float32Array);
  if (type === 'bool') return Uint8Array.from(data as Uint8Array);
  return Int32Array.from(data as ArrayLike<number | bigint>, (value) => toInt32(value, what));
}

/** INT64_MAX and its like stand for "to the end" in Slice: they saturate, anything else beyond is an error. */
function toInt32(value: number | bigint, what: string): number {
  const number = Number(value);
  if (number === (number | 0)) return number;
  if (number >= Number.MAX_SAFE_INTEGER) return 2 ** 31 - 1;
  if (number <= Number.MIN_SAFE_INTEGER) return -(2 ** 31);
  throw new EngineError(`TensorFlow.js cannot hold ${what}: ${value} is beyond its int32.`);
}

/** Writes a TensorFlow.js tensor into the memory of a result. */
export async function fromTf(name: string, tensor: TfTensor, into: Tensor): Promise<void> {
  if (tensor.shape.join() !== into.dims.join()) {
    throw new EngineError(
      `output "${name}" came out as [${tensor.shape.join(', ')}], its tensor is [${into.dims.join(', ')}].`,
    );
  }
  const data = await tensor.data();
  const target = into.data;
  if (target instanceof BigInt64Array) {
    for (let index = 0; index < data.length; index++) target[index] = BigInt(data[index]!);
  } else {
    (target as Float32Array).set(data as Float32Array);
  }
}
