/** Element types that tensors of a program may have, by the name that ONNX Runtime's JavaScript API uses. */
export type DataType =
  | 'float32'
  | 'float64'
  | 'float16'
  | 'bfloat16'
  | 'int8'
  | 'uint8'
  | 'int16'
  | 'uint16'
  | 'int32'
  | 'uint32'
  | 'int64'
  | 'uint64'
  | 'bool'
  | 'string';

export type TensorData =
  | Float32Array
  | Float64Array
  | Uint16Array // float16 and bfloat16 as their bits, uint16
  | Int8Array
  | Uint8Array // uint8, bool
  | Int16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array
  | string[];

/** A dense tensor, row-major. `data` may be a view of a larger buffer. */
export interface Tensor {
  readonly type: DataType;
  readonly dims: readonly number[];
  readonly data: TensorData;
}

export type TensorMap = Readonly<Record<string, Tensor>>;

/** The number of elements of a shape; 1 for a scalar. */
export function sizeOf(dims: readonly number[]): number {
  return dims.reduce((product, dim) => product * dim, 1);
}

export function float32(dims: readonly number[], data: Float32Array | readonly number[]): Tensor {
  return { type: 'float32', dims, data: data instanceof Float32Array ? data : Float32Array.from(data) };
}

export function int32(dims: readonly number[], data: Int32Array | readonly number[]): Tensor {
  return { type: 'int32', dims, data: data instanceof Int32Array ? data : Int32Array.from(data) };
}

export function int64(dims: readonly number[], data: BigInt64Array | readonly (number | bigint)[]): Tensor {
  return {
    type: 'int64',
    dims,
    data: data instanceof BigInt64Array ? data : BigInt64Array.from(data, (value) => BigInt(value)),
  };
}
