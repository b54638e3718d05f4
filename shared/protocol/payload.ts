import { combineCrc32 } from './crc32.ts';
import type { Hasher, RunningHash } from './hasher.ts';
import type { ChunkMessage } from './messages.ts';

/**
 * Bytes that arrive in chunks, in one contiguous buffer that starts at offset 0 of its memory. It outlives
 * connections: the next one goes on where this one ended.
 */
export class Payload {
  readonly bytes: Uint8Array;
  #received = 0;
  #crc32 = 0;
  readonly #hasher: Hasher;
  readonly #sha256: RunningHash | undefined;

  /** @param hashed Whether a SHA-256 of the whole is kept along the way. */
  constructor(size: number, hasher: Hasher, hashed: boolean) {
    this.bytes = new Uint8Array(size);
    this.#hasher = hasher;
    this.#sha256 = hashed ? hasher.sha256() : undefined;
  }

  get size(): number {
    return this.bytes.length;
  }

  /** Bytes from the start that are there and intact. */
  get received(): number {
    return this.#received;
  }

  get complete(): boolean {
    return this.#received === this.bytes.length;
  }

  /** CRC-32 of the received bytes. */
  get crc32(): number {
    return this.#crc32;
  }

  /** Copies a chunk in, or says why not: it is there already, others before it are missing, or it is damaged. */
  append({ offset, data, crc32 }: ChunkMessage): 'added' | 'duplicate' | 'gap' | 'damaged' {
    if (offset + data.length <= this.#received) return 'duplicate';
    if (offset !== this.#received || offset + data.length > this.bytes.length) return 'gap';
    if (this.#hasher.crc32(data) !== crc32) return 'damaged';
    this.bytes.set(data, offset);
    this.#sha256?.update(data);
    this.#crc32 = combineCrc32(this.#crc32, crc32, data.length);
    this.#received += data.length;
    return 'added';
  }

  /** SHA-256 of the whole, once it is complete. */
  sha256(): string | Promise<string> {
    if (this.#sha256 === undefined) throw new Error('this payload keeps no SHA-256');
    return this.#sha256.finish(this.bytes);
  }
}
