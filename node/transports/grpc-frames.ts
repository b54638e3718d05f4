/**
 * gRPC over HTTP/2, what of it one bidirectional method needs (grpc/grpc, doc/PROTOCOL-HTTP2.md). A message on the
 * stream is a byte that says whether it is compressed, its length in four bytes, big-endian, and its bytes.
 */

import { takeBuffer } from './receive-buffers.ts';

/** Bytes before each message. */
const PREFIX = 5;

/** What goes before so many bytes of a message; `head` are the first of them, copied behind it. */
export function prefixOf(length: number, head?: Uint8Array): Buffer {
  const prefix = Buffer.allocUnsafe(PREFIX + (head?.length ?? 0));
  prefix[0] = 0;
  prefix.writeUInt32BE(length, 1);
  if (head) prefix.set(head, PREFIX);
  return prefix;
}

export class FrameError extends Error {
  override readonly name = 'FrameError';

  constructor(
    readonly code: 'too-large' | 'protocol',
    message: string,
  ) {
    super(message);
  }
}

/** Cuts what comes in into messages. Each byte is copied once, into the memory of its message, where it stays. */
export class FrameReader {
  readonly #limit: number;
  readonly #message: (bytes: Uint8Array) => void;
  readonly #prefix = Buffer.alloc(PREFIX);
  #prefixed = 0;
  #body: Buffer | undefined;
  #filled = 0;

  /** @param limit bytes of the longest message that is taken */
  constructor(limit: number, message: (bytes: Uint8Array) => void) {
    this.#limit = limit;
    this.#message = message;
  }

  /** @throws FrameError `too-large` before there is memory for the message; `protocol` when it is compressed */
  push(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.#body === undefined) {
        const end = Math.min(chunk.length, at + PREFIX - this.#prefixed);
        this.#prefixed += chunk.copy(this.#prefix, this.#prefixed, at, end);
        at = end;
        if (this.#prefixed < PREFIX) return;
        this.#begin();
      }
      const body = this.#body!;
      const end = Math.min(chunk.length, at + body.length - this.#filled);
      this.#filled += chunk.copy(body, this.#filled, at, end);
      at = end;
      if (this.#filled < body.length) continue;
      this.#body = undefined;
      this.#prefixed = 0;
      this.#message(body);
    }
    if (this.#body?.length === 0) {
      const empty = this.#body;
      this.#body = undefined;
      this.#prefixed = 0;
      this.#message(empty);
    }
  }

  #begin(): void {
    if (this.#prefix[0] !== 0)
      throw new FrameError('protocol', 'a message is compressed, which was not agreed');
    const length = this.#prefix.readUInt32BE(1);
    if (length > this.#limit) {
      throw new FrameError('too-large', `a message of ${length} bytes is above the limit of ${this.#limit}`);
    }
    this.#body = takeBuffer(length);
    this.#filled = 0;
  }
}
