/**
 * A chunk's envelope, written by hand: nearly all bytes of a run pass here, and protobufjs would copy them twice more.
 * Same bytes as the generated code gives (a test holds it), except that zeros are written out.
 */

/** Bytes that the envelope needs beside the data, at most. */
const HEADROOM = 48;

const ENVELOPE_CHUNK = (16 << 3) | 2;
const CHUNK_TRANSFER = (1 << 3) | 0;
const CHUNK_OFFSET = (2 << 3) | 0;
const CHUNK_CRC32 = (3 << 3) | 5;
const CHUNK_DATA = (4 << 3) | 2;

export interface ChunkFields {
  readonly transfer: number;
  readonly offset: number;
  readonly crc32: number | undefined;
  readonly data: Uint8Array;
}

/**
 * @param buffer Scratch to write into when it is long enough; else one is made.
 * @returns A view of the start of `buffer`, or of fresh memory.
 */
export function encodeChunk(fields: ChunkFields, buffer?: Uint8Array): Uint8Array {
  const { data } = fields;
  const needed = data.length + HEADROOM;
  const out = buffer !== undefined && buffer.length >= needed ? buffer : new Uint8Array(needed);
  const at = writeHead(out, fields);
  out.set(data, at);
  return out.subarray(0, at + data.length);
}

/** All of a chunk's envelope but its data, which come last. */
export function chunkHead(fields: ChunkFields): Uint8Array {
  const out = new Uint8Array(HEADROOM);
  return out.subarray(0, writeHead(out, fields));
}

/** @returns the bytes written */
function writeHead(out: Uint8Array, { transfer, offset, crc32, data: { length } }: ChunkFields): number {
  const body =
    1 +
    sizeOfVarint(transfer) +
    1 +
    sizeOfVarint(offset) +
    (crc32 === undefined ? 0 : 5) +
    1 +
    sizeOfVarint(length) +
    length;
  let at = varint(out, 0, ENVELOPE_CHUNK);
  at = varint(out, at, body);
  out[at++] = CHUNK_TRANSFER;
  at = varint(out, at, transfer);
  out[at++] = CHUNK_OFFSET;
  at = varint(out, at, offset);
  if (crc32 !== undefined) {
    out[at++] = CHUNK_CRC32;
    out[at++] = crc32;
    out[at++] = crc32 >>> 8;
    out[at++] = crc32 >>> 16;
    out[at++] = crc32 >>> 24;
  }
  out[at++] = CHUNK_DATA;
  return varint(out, at, length);
}

/** Numbers up to 2^53: no bit operations above 32 bits. */
function varint(out: Uint8Array, start: number, value: number): number {
  let at = start;
  let rest = value;
  while (rest > 127) {
    out[at++] = (rest % 128) | 0x80;
    rest = Math.floor(rest / 128);
  }
  out[at++] = rest;
  return at;
}

function sizeOfVarint(value: number): number {
  let size = 1;
  for (let rest = value; rest > 127; rest = Math.floor(rest / 128)) size += 1;
  return size;
}
