import type { Hasher } from './hasher.ts';

/**
 * Bytes to be sent in chunks. Chunks lie on multiples of their size, so that each one's checksum is computed once,
 * however many members the bytes are sent to. The bytes must not change.
 */
export class ChunkedBytes {
  readonly #bytes: Uint8Array;
  readonly #chunkBytes: number;
  readonly #hasher: Hasher;
  readonly #checks: (number | undefined)[] = [];

  constructor(bytes: Uint8Array, chunkBytes: number, hasher: Hasher) {
    this.#bytes = bytes;
    this.#chunkBytes = chunkBytes;
    this.#hasher = hasher;
  }

  get size(): number {
    return this.#bytes.length;
  }

  /** The chunk that starts at `offset` and ends before `limit`, at the latest at the next multiple. */
  chunk(
    offset: number,
    limit: number,
    checked: boolean,
  ): { offset: number; data: Uint8Array; crc32: number | undefined } {
    const index = Math.floor(offset / this.#chunkBytes);
    const end = Math.min((index + 1) * this.#chunkBytes, limit, this.size);
    const data = this.#bytes.subarray(offset, end);
    if (!checked) return { offset, data, crc32: undefined };
    const whole =
      offset === index * this.#chunkBytes && (end === offset + this.#chunkBytes || end === this.size);
    return { offset, data, crc32: whole ? this.#check(index, data) : this.#hasher.crc32(data) };
  }

  #check(index: number, data: Uint8Array): number {
    this.#checks[index] ??= this.#hasher.crc32(data);
    return this.#checks[index];
  }
}

/** Remembers the chunk checksums of bytes that several connections send, as long as the bytes live. */
export class ChunkCache {
  readonly #known = new WeakMap<Uint8Array, Map<number, ChunkedBytes>>();

  get(bytes: Uint8Array, chunkBytes: number, hasher: Hasher): ChunkedBytes {
    let bySize = this.#known.get(bytes);
    if (bySize === undefined) {
      bySize = new Map();
      this.#known.set(bytes, bySize);
    }
    let chunked = bySize.get(chunkBytes);
    if (chunked === undefined) {
      chunked = new ChunkedBytes(bytes, chunkBytes, hasher);
      bySize.set(chunkBytes, chunked);
    }
    return chunked;
  }
}
