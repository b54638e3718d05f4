import type { DataType, TensorData } from './tensor.ts';

type NumericArray = Exclude<TensorData, string[]>;
type ArrayConstructor = { new (buffer: ArrayBuffer): NumericArray; readonly BYTES_PER_ELEMENT: number };

interface TypeRow {
  /** TensorProto.DataType. */
  readonly code: number;
  readonly array: ArrayConstructor | undefined;
  /** The field of TensorProto that holds values when raw_data does not (specification, onnx.proto). */
  readonly field: 'floatData' | 'int32Data' | 'int64Data' | 'uint64Data' | 'doubleData' | 'stringData';
}

export const DATA_TYPES: Readonly<Record<DataType, TypeRow>> = {
  float32: { code: 1, array: Float32Array, field: 'floatData' },
  uint8: { code: 2, array: Uint8Array, field: 'int32Data' },
  int8: { code: 3, array: Int8Array, field: 'int32Data' },
  uint16: { code: 4, array: Uint16Array, field: 'int32Data' },
  int16: { code: 5, array: Int16Array, field: 'int32Data' },
  int32: { code: 6, array: Int32Array, field: 'int32Data' },
  int64: { code: 7, array: BigInt64Array, field: 'int64Data' },
  string: { code: 8, array: undefined, field: 'stringData' },
  bool: { code: 9, array: Uint8Array, field: 'int32Data' },
  float16: { code: 10, array: Uint16Array, field: 'int32Data' },
  float64: { code: 11, array: Float64Array, field: 'doubleData' },
  uint32: { code: 12, array: Uint32Array, field: 'uint64Data' },
  uint64: { code: 13, array: BigUint64Array, field: 'uint64Data' },
  bfloat16: { code: 16, array: Uint16Array, field: 'int32Data' },
};

const BY_CODE = new Map(Object.entries(DATA_TYPES).map(([type, row]) => [row.code, type as DataType]));

/** The type of a TensorProto.DataType code; undefined if we do not handle it (complex, 8-bit and 4-bit floats). */
export function dataTypeOfCode(code: number): DataType | undefined {
  return BY_CODE.get(code);
}

export const FLOAT_TYPES: ReadonlySet<DataType> = new Set(['float32', 'float64', 'float16', 'bfloat16']);

/** Bytes of one element; 0 for strings. */
export function bytesPerElement(type: DataType): number {
  return DATA_TYPES[type].array?.BYTES_PER_ELEMENT ?? 0;
}
