import type { Pieces } from '../parameters/pieces.ts';
import type { Hasher, RunningHash } from './hasher.ts';
import type { ChunkMessage } from './messages.ts';

/** What becomes of a chunk: else it is there already, others before it are missing, or it is damaged. */
export type Appended = 'added' | 'duplicate' | 'gap' | 'damaged';

/** Bytes that arrive in chunks. They outlive connections: the next one goes on where this one ended. */
export abstract class Payload {
  readonly size: number;
  readonly #hasher: Hasher;
  #received = 0;

  constructor(size: number, hasher: Hasher) {
    this.size = size;
    this.#hasher = hasher;
  }

  /** Bytes from the start that are there and intact. */
  get received(): number {
    return this.#received;
  }

  get complete(): boolean {
    return this.#received === this.size;
  }

  append({ offset, data, crc32 }: ChunkMessage): Appended {
    if (offset + data.length <= this.#received) return 'duplicate';
    if (offset !== this.#received || offset + data.length > this.size) return 'gap';
    if (crc32 !== undefined && this.#hasher.crc32(data) !== crc32) return 'damaged';
    this.keep(data, offset);
    this.#received += data.length;
    return 'added';
  }

  protected abstract keep(data: Uint8Array, offset: number): void;
}

/** In one contiguous buffer that starts at offset 0 of its memory. */
export class ContiguousPayload extends Payload {
  readonly bytes: Uint8Array;
  readonly #sha256: RunningHash | undefined;

  /** @param hashed Whether a SHA-256 of the whole is kept along the way. */
  constructor(size: number, hasher: Hasher, hashed: boolean) {
    super(size, hasher);
    this.bytes = new Uint8Array(size);
    this.#sha256 = hashed ? hasher.sha256() : undefined;
  }

  /** SHA-256 of the whole, once it is complete. */
  sha256(): string | Promise<string> {
    if (this.#sha256 === undefined) throw new Error('this payload keeps no SHA-256');
    return this.#sha256.finish(this.bytes);
  }

  protected keep(data: Uint8Array, offset: number): void {
    this.bytes.set(data, offset);
    this.#sha256?.update(data);
  }
}

/** Chunks shorter than this are gathered in buffers of its length: a piece is worth more than what it costs to keep. */
const SHORT = 32 << 10;

/** As it came: long chunks are kept where the transport put them, since a copy of the whole costs a round dearly. */
export class PiecewisePayload extends Payload {
  readonly #pieces: Uint8Array[] = [];
  /** Where short chunks are gathered; what is used of it is the last piece. */
  #gathering = new Uint8Array(0);
  #used = 0;

  get pieces(): Pieces {
    return this.#pieces;
  }

  protected keep(data: Uint8Array): void {
    if (data.length >= SHORT) {
      this.#pieces.push(data);
      this.#gathering = new Uint8Array(0);
      this.#used = 0;
      return;
    }
    if (this.#used + data.length > this.#gathering.length) {
      this.#gathering = new Uint8Array(SHORT);
      this.#used = 0;
    }
    this.#gathering.set(data, this.#used);
    if (this.#used > 0) this.#pieces.pop();
    this.#used += data.length;
    this.#pieces.push(this.#gathering.subarray(0, this.#used));
  }
}
