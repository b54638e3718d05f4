/**
 * The safetensors format (huggingface/safetensors, README "Format"): 8 bytes of header length (little-endian), a JSON
 * header of names to {dtype, shape, data_offsets} with string metadata, then the tensors' bytes without holes. Only
 * F32, which is all that flat vectors need; both sides are little-endian, as every platform here.
 */

export interface SafetensorsVector {
  readonly name: string;
  readonly data: Float32Array;
  /** Its shape; one dimension by default. */
  readonly dims?: readonly number[];
}

/** Where a tensor lies: bytes [start, end) behind the header. */
export interface SafetensorsEntry {
  readonly name: string;
  readonly dims: readonly number[];
  readonly start: number;
  readonly end: number;
}

export interface SafetensorsHeader {
  readonly metadata: Readonly<Record<string, string>>;
  /** In the order of their bytes. */
  readonly entries: readonly SafetensorsEntry[];
}

/** Bytes that are no safetensors file, or one that is cut or inconsistent. */
export class SafetensorsError extends Error {
  override readonly name = 'SafetensorsError';
}

/** Bytes of the length field. */
export const LENGTH_BYTES = 8;
/** The reference implementation's limit. */
const MAX_HEADER = 100_000_000;
const METADATA = '__metadata__';

/** The length field and the header, padded to eight bytes; the vectors' bytes follow in the given order. */
export function encodeHeader(
  vectors: readonly SafetensorsVector[],
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const fields = new Map<string, unknown>([[METADATA, metadata]]);
  let offset = 0;
  for (const { name, data, dims = [data.length] } of vectors) {
    if (fields.has(name)) throw new SafetensorsError(`Two tensors, or metadata, of the name '${name}'.`);
    if (product(dims) !== data.length) {
      throw new SafetensorsError(
        `Tensor '${name}' has ${data.length} values, and the shape [${dims.join(', ')}].`,
      );
    }
    fields.set(name, { dtype: 'F32', shape: dims, data_offsets: [offset, offset + data.byteLength] });
    offset += data.byteLength;
  }
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(fields)));
  const length = Math.ceil(json.length / 8) * 8;
  if (length > MAX_HEADER) throw new SafetensorsError(`The header of ${length} bytes is too large.`);
  const bytes = new Uint8Array(LENGTH_BYTES + length).fill(0x20);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length), true);
  bytes.set(json, LENGTH_BYTES);
  return bytes;
}

/** A whole file in memory; for large vectors stream `encodeHeader` and then each vector instead. */
export function writeSafetensors(
  vectors: readonly SafetensorsVector[],
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const header = encodeHeader(vectors, metadata);
  const bytes = new Uint8Array(vectors.reduce((sum, { data }) => sum + data.byteLength, header.length));
  bytes.set(header);
  let offset = header.length;
  for (const { data } of vectors) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), offset);
    offset += data.byteLength;
  }
  return bytes;
}

/**
 * Length of the header in bytes, from a file's first eight.
 *
 * @param size bytes of the whole file.
 * @throws SafetensorsError when no header of that length fits.
 */
export function headerLength(prefix: Uint8Array, size: number): number {
  if (prefix.length < LENGTH_BYTES) throw new SafetensorsError('Cut within the first 8 bytes.');
  const length = new DataView(prefix.buffer, prefix.byteOffset).getBigUint64(0, true);
  if (length > BigInt(Math.min(MAX_HEADER, size - LENGTH_BYTES))) {
    throw new SafetensorsError(`The header claims ${length} bytes, in a file of ${size}.`);
  }
  return Number(length);
}

/**
 * Parses the JSON header, and checks that the tensors fill the rest of the file without holes or overlaps.
 *
 * @param dataBytes bytes behind the header.
 * @throws SafetensorsError naming the tensor and what is wrong with it.
 */
export function decodeHeader(json: Uint8Array, dataBytes: number): SafetensorsHeader {
  let fields: unknown;
  try {
    fields = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(json));
  } catch (cause) {
    throw new SafetensorsError('The header is no JSON text.', { cause });
  }
  if (!isRecord(fields)) throw new SafetensorsError('The header is no JSON object.');
  const metadata: [string, string][] = [];
  const entries: SafetensorsEntry[] = [];
  for (const [name, value] of Object.entries(fields)) {
    if (name !== METADATA) {
      entries.push(decodeEntry(name, value));
      continue;
    }
    if (!isRecord(value)) throw new SafetensorsError('The metadata is no JSON object.');
    for (const [key, text] of Object.entries(value)) {
      if (typeof text !== 'string') throw new SafetensorsError(`The metadata '${key}' is no text.`);
      metadata.push([key, text]);
    }
  }
  entries.sort((a, b) => a.start - b.start || a.end - b.end);
  let end = 0;
  for (const entry of entries) {
    if (entry.start !== end) throw new SafetensorsError(`Tensor '${entry.name}' leaves a hole or overlaps.`);
    end = entry.end;
  }
  if (end !== dataBytes) {
    throw new SafetensorsError(
      `The tensors need ${end} bytes behind the header, and there are ${dataBytes}.`,
    );
  }
  return { metadata: Object.fromEntries(metadata), entries };
}

/**
 * Reads a whole file. The vectors are views of its bytes where those are aligned to four, else copies.
 *
 * @throws SafetensorsError for anything that is not exactly such a file.
 */
export function readSafetensors(bytes: Uint8Array): {
  readonly metadata: Readonly<Record<string, string>>;
  readonly vectors: readonly Required<SafetensorsVector>[];
} {
  const begin = LENGTH_BYTES + headerLength(bytes, bytes.length);
  const header = decodeHeader(bytes.subarray(LENGTH_BYTES, begin), bytes.length - begin);
  const vectors = header.entries.map(({ name, dims, start, end }) => {
    const at = bytes.byteOffset + begin + start;
    const data =
      at % 4 === 0
        ? new Float32Array(bytes.buffer, at, (end - start) / 4)
        : new Float32Array(bytes.slice(begin + start, begin + end).buffer);
    return { name, dims, data };
  });
  return { metadata: header.metadata, vectors };
}

function decodeEntry(name: string, value: unknown): SafetensorsEntry {
  const fail = (what: string): never => {
    throw new SafetensorsError(`Tensor '${name}': ${what}.`);
  };
  if (!isRecord(value)) return fail('its description is no JSON object');
  const { dtype, shape, data_offsets: offsets } = value;
  if (dtype !== 'F32') return fail(`element type ${JSON.stringify(dtype)}; only F32 is read here`);
  if (!isSizes(shape)) return fail('its shape is no list of sizes');
  if (!isSizes(offsets) || offsets.length !== 2) return fail('its data_offsets are not two positions');
  const [start, end] = offsets as [number, number];
  if (end - start !== product(shape) * 4) {
    return fail(`${end - start} bytes for the shape [${shape.join(', ')}] of F32`);
  }
  return { name, dims: shape, start, end };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}

function product(dims: readonly number[]): number {
  return dims.reduce((total, dim) => total * dim, 1);
}
