import { type ByteSource, type FilePlace, PIECE } from './byte-source.ts';
import { bytesPerElement, DATA_TYPES } from './data-types.ts';
import { type DataType, sizeOf, type Tensor, type TensorData } from './tensor.ts';

/** Tensors of fewer bytes are read with the structure: shapes and axes are among them, which inference looks at. */
export const LEAST_STORED = 1 << 16;

/** `count` elements from `start` on; `hashed` as of a `ByteSource`. */
export type ElementReader = (start: number, count: number, hashed?: boolean) => TensorData;

/**
 * A tensor that stays in its file until it is asked for: `data` reads all of it anew each time and keeps nothing. Whoever
 * can do with parts of it takes them from `elementsOf`.
 */
export class StoredTensor implements Tensor {
  constructor(
    readonly type: DataType,
    readonly dims: readonly number[],
    readonly read: ElementReader,
    /** Where its bytes lie as `raw_data` has them, if they do. */
    readonly place?: FilePlace,
  ) {}

  get data(): TensorData {
    return this.read(0, sizeOf(this.dims));
  }
}

/** The same tensor for whoever looks at its elements one by one: read once, and in memory as long as this is. */
export function readOnce(tensor: StoredTensor): Tensor {
  let data: TensorData | undefined;
  return {
    type: tensor.type,
    dims: tensor.dims,
    get data() {
      data ??= tensor.data;
      return data;
    },
  };
}

/** @param source the bytes of all elements, little-endian, as `raw_data` holds them */
export function storedTensor(type: DataType, dims: readonly number[], source: ByteSource): StoredTensor {
  const width = bytesPerElement(type);
  const read: ElementReader = (start, count, hashed) =>
    typedArray(type, source.read(start * width, count * width, hashed));
  return new StoredTensor(type, dims, read, source.place);
}

/** A copy: bytes in a file are rarely aligned, and a view would keep what is around them in memory. */
export function typedArray(type: DataType, bytes: Uint8Array): TensorData {
  const { array } = DATA_TYPES[type];
  if (array === undefined) throw new Error('strings have no bytes of their own');
  const copy = new Uint8Array(bytes.length);
  copy.set(bytes);
  return new array(copy.buffer);
}

/** The elements of a tensor in order, a bounded piece at a time: of one in memory a view. */
export function* elementsOf(
  tensor: Tensor,
): Generator<{ readonly start: number; readonly data: TensorData }> {
  const size = sizeOf(tensor.dims);
  const step = PIECE / (bytesPerElement(tensor.type) || 1);
  for (let start = 0; start < size; start += step) {
    const count = Math.min(step, size - start);
    const isStored = tensor instanceof StoredTensor;
    yield { start, data: isStored ? tensor.read(start, count) : viewOf(tensor.data, start, count) };
  }
}

function viewOf(data: TensorData, start: number, count: number): TensorData {
  return Array.isArray(data) ? data.slice(start, start + count) : data.subarray(start, start + count);
}

/** `sizeOf(dims)` elements from `start` on as a tensor of its own: of one in memory a view. */
export function partOf(tensor: Tensor, start: number, dims: readonly number[]): Tensor {
  const { type } = tensor;
  if (!(tensor instanceof StoredTensor))
    return { type, dims, data: viewOf(tensor.data, start, sizeOf(dims)) };
  const { read, place } = tensor;
  const offset = start * bytesPerElement(type);
  return new StoredTensor(
    type,
    dims,
    (from, count, hashed) => read(start + from, count, hashed),
    place && { path: place.path, offset: place.offset + offset },
  );
}

/** The bytes of a stored tensor as `raw_data` has them. */
export function bytesOfStored({ type, dims, read }: StoredTensor): ByteSource {
  const width = bytesPerElement(type);
  return {
    length: sizeOf(dims) * width,
    read: (offset, length, hashed) => {
      const first = Math.floor(offset / width);
      const data = read(first, Math.ceil((offset + length) / width) - first, hashed);
      if (Array.isArray(data)) throw new Error('strings have no bytes of their own');
      return new Uint8Array(data.buffer, data.byteOffset + offset - first * width, length);
    },
  };
}
