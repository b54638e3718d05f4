import { bytesPerElement, DATA_TYPES, dataTypeOfCode } from './data-types.ts';
import { OnnxFormatError } from './errors.ts';
import { locateExternal, type ModelFile } from './external-data.ts';
import type { onnx } from './gen/onnx.js';
import { toBigInt, toSafeInteger } from './integers.ts';
import { LEAST_STORED, storedTensor, typedArray } from './stored-tensor.ts';
import type { DataType, Tensor, TensorData } from './tensor.ts';

const decoder = new TextDecoder('utf-8', { fatal: true });
const encoder = new TextEncoder();

/** Checks that every dimension is a natural number and that the number of elements can be counted. */
function elements(dims: readonly number[], what: string): number {
  let size = 1;
  for (const dim of dims) {
    if (dim < 0) throw new OnnxFormatError(`${what}: dimension ${dim} is negative`);
    if (dim > 0 && size > Number.MAX_SAFE_INTEGER / dim) {
      throw new OnnxFormatError(`${what}: shape [${dims.join(', ')}] has more elements than can be counted`);
    }
    size *= dim;
  }
  return size;
}

/**
 * Reads a tensor, from raw_data or from the typed field of its type. Nothing is allocated by the declared shape:
 * the bytes that are there must fit it first.
 * @param files where bytes lie that are not in `proto`; large ones stay there until they are asked for
 * @throws OnnxFormatError
 */
export function readTensor(
  proto: onnx.TensorProto.$Properties,
  where: string,
  files: Partial<ModelFile> = {},
): Tensor {
  const what = `tensor ${JSON.stringify(proto.name || where)}`;
  const code = proto.dataType ?? 0;
  const isHalfByte = code === UINT4 || code === INT4;
  const type = isHalfByte ? (code === INT4 ? 'int8' : 'uint8') : dataTypeOfCode(code);
  if (type === undefined) {
    throw new OnnxFormatError(`${what}: element type ${proto.dataType ?? 0} is not supported`);
  }
  if (proto.segment) throw new OnnxFormatError(`${what} is stored in segments, which is not supported`);
  const dims = (proto.dims ?? []).map((dim) => toSafeInteger(dim, `${what}: dimension`));
  const size = elements(dims, what);
  if (isHalfByte) return { type, dims, data: readHalfBytes(proto, type as 'int8', size, what) };
  if (proto.dataLocation === 1 || (proto.externalData?.length ?? 0) > 0) {
    const source = locateExternal(proto, type, size, what, files);
    if (source.length >= LEAST_STORED) return storedTensor(type, dims, source);
    return { type, dims, data: readRaw(type, source.read(0, source.length), size, what) };
  }
  const raw = proto.rawData;
  if (raw && raw.length > 0) return { type, dims, data: readRaw(type, raw, size, what) };
  const values = proto[DATA_TYPES[type].field] ?? [];
  if (values.length !== size) {
    throw new OnnxFormatError(
      `${what}: shape [${dims.join(', ')}] needs ${size} elements, the file holds ${values.length}`,
    );
  }
  return { type, dims, data: readValues(type, proto, what) };
}

const UINT4 = 21;
const INT4 = 22;

/** Two numbers of four bits in a byte, the first in its lower half, as one of eight bits each. */
function readHalfBytes(
  proto: onnx.TensorProto.$Properties,
  type: 'int8' | 'uint8',
  size: number,
  what: string,
): TensorData {
  const raw = proto.rawData;
  const bytes = raw && raw.length > 0 ? raw : Uint8Array.from(proto.int32Data ?? []);
  if (bytes.length !== Math.ceil(size / 2)) {
    const needed = Math.ceil(size / 2);
    throw new OnnxFormatError(`${what}: its shape needs ${needed} bytes, the file holds ${bytes.length}`);
  }
  const half = (k: number) => ((bytes[k >> 1] as number) >> (4 * (k & 1))) & 15;
  if (type === 'uint8') return Uint8Array.from({ length: size }, (_, k) => half(k));
  return Int8Array.from({ length: size }, (_, k) => (half(k) ^ 8) - 8);
}

function readRaw(type: DataType, raw: Uint8Array, size: number, what: string): TensorData {
  const { array } = DATA_TYPES[type];
  if (array === undefined) throw new OnnxFormatError(`${what}: strings must not be in raw_data`);
  if (raw.length !== size * array.BYTES_PER_ELEMENT) {
    const needed = size * array.BYTES_PER_ELEMENT;
    throw new OnnxFormatError(`${what}: its shape needs ${needed} bytes, the file holds ${raw.length}`);
  }
  return typedArray(type, raw);
}

function readValues(type: DataType, proto: onnx.TensorProto.$Properties, what: string): TensorData {
  const int32 = proto.int32Data ?? [];
  switch (type) {
    case 'float32':
      return Float32Array.from(proto.floatData ?? []);
    case 'float64':
      return Float64Array.from(proto.doubleData ?? []);
    case 'int64':
      return BigInt64Array.from((proto.int64Data ?? []).map(toBigInt));
    case 'uint64':
      return BigUint64Array.from((proto.uint64Data ?? []).map(toBigInt));
    case 'uint32':
      return Uint32Array.from((proto.uint64Data ?? []).map((value) => Number(toBigInt(value))));
    case 'int32':
      return Int32Array.from(int32);
    case 'int16':
      return Int16Array.from(int32);
    case 'int8':
      return Int8Array.from(int32);
    case 'uint16':
    case 'float16':
    case 'bfloat16':
      return Uint16Array.from(int32);
    case 'uint8':
      return Uint8Array.from(int32);
    case 'bool':
      return Uint8Array.from(int32, (value) => (value === 0 ? 0 : 1));
    case 'string':
      return (proto.stringData ?? []).map((bytes) => readText(bytes, what));
  }
}

/** UTF-8, or an OnnxFormatError. */
export function readText(bytes: Uint8Array, what: string): string {
  try {
    return decoder.decode(bytes);
  } catch (cause) {
    throw new OnnxFormatError(`${what}: a string in it is not UTF-8`, { cause });
  }
}

/** @throws Error if `data` does not hold as many elements as the shape says */
export function writeTensor(name: string, tensor: Tensor): onnx.TensorProto.$Properties {
  const size = elements(tensor.dims, `tensor ${JSON.stringify(name)}`);
  const { type, data } = tensor;
  if (data.length !== size) {
    throw new Error(
      `tensor ${JSON.stringify(name)}: shape [${tensor.dims.join(', ')}] needs ${size} elements, it has ${data.length}`,
    );
  }
  const proto: onnx.TensorProto.$Properties = {
    name,
    dims: [...tensor.dims],
    dataType: DATA_TYPES[type].code,
  };
  if (Array.isArray(data)) return { ...proto, stringData: data.map((text) => encoder.encode(text)) };
  if (data.BYTES_PER_ELEMENT !== bytesPerElement(type)) {
    throw new Error(`tensor ${JSON.stringify(name)}: ${data.constructor.name} does not hold ${type}`);
  }
  return { ...proto, rawData: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) };
}
