import type { Channel } from './channel.ts';
import type { ChunkedBytes } from './chunked-bytes.ts';
import { encodeMessage } from './encode.ts';
import { type ChunkFields, chunkHead, encodeChunk } from './encode-chunk.ts';
import { ProtocolError } from './errors.ts';
import type { DoneStatus, Message } from './messages.ts';

/** Chunk buffers kept for the next ones, by all connections together: else memory grows with their number. */
const MAX_SCRATCH = 16;
const scratch: Uint8Array[] = [];

type Content = Extract<Message, { type: 'offer' }>['content'];

/** Called when the receiver is through with a transfer, or this side gave it up. */
type OnDone = (status: DoneStatus, message: string) => void;

interface Outgoing {
  readonly id: number;
  readonly content: ChunkedBytes;
  readonly onDone: OnDone;
  position: number;
  /** Bytes below it may be sent: the receiver's credit. */
  limit: number;
}

/**
 * The sending side of a connection's transfers. Chunks go out one at a time, each after the transport has taken the
 * one before, so that other messages find room between them.
 */
export class Outbox {
  readonly #channel: Channel;
  readonly #transfers = new Map<number, Outgoing>();
  #next = 1;
  #pumping = false;
  #closed = false;
  #checksums = true;

  constructor(channel: Channel) {
    this.#channel = channel;
  }

  /** @param needed Whether the peer's transport leaves it to us to check what arrives; so it is until it has said so. */
  peerNeedsChecksums(needed: boolean): void {
    this.#checksums = needed || !this.#channel.intact;
  }

  get open(): number {
    return this.#transfers.size;
  }

  /**
   * Announces bytes, and sends them as far as there is credit.
   *
   * @param from Where to start without being asked.
   * @param credit Bytes that may be sent at once; 0: the receiver's Accept is awaited.
   * @returns The transfer's id.
   */
  offer(content: Content, bytes: ChunkedBytes, from: number, credit: number, onDone: OnDone): number {
    const id = this.#next++;
    const limit = credit === 0 ? 0 : Math.min(bytes.size, from + credit);
    this.#transfers.set(id, { id, content: bytes, onDone, position: from, limit });
    this.#channel.send(encodeMessage({ type: 'offer', transfer: id, size: bytes.size, content }));
    this.#wake();
    return id;
  }

  /** @throws ProtocolError when the offset is outside of the bytes */
  accept(id: number, offset: number, limit: number): void {
    const transfer = this.#transfers.get(id);
    if (transfer === undefined) return;
    if (offset > transfer.content.size) {
      throw new ProtocolError(
        `transfer ${id} is asked for at ${offset}, it has ${transfer.content.size} bytes`,
      );
    }
    transfer.position = offset;
    transfer.limit = Math.min(limit, transfer.content.size);
    this.#wake();
  }

  credit(id: number, limit: number): void {
    const transfer = this.#transfers.get(id);
    if (transfer === undefined) return;
    transfer.limit = Math.max(transfer.limit, Math.min(limit, transfer.content.size));
    this.#wake();
  }

  done(id: number, status: DoneStatus, message: string): void {
    const transfer = this.#transfers.get(id);
    this.#transfers.delete(id);
    transfer?.onDone(status, message);
  }

  /** Forgets a transfer of which nothing more need be sent. */
  drop(id: number): void {
    this.#transfers.delete(id);
  }

  close(): void {
    this.#closed = true;
    this.#transfers.clear();
  }

  #wake(): void {
    if (this.#pumping || this.#closed) return;
    this.#pumping = true;
    void this.#pump();
  }

  async #pump(): Promise<void> {
    try {
      for (;;) {
        await this.#channel.drained();
        if (this.#closed) return;
        // The oldest that has credit: what was offered first is complete first.
        const transfer = this.#ready();
        if (transfer === undefined) return;
        const chunk = transfer.content.chunk(transfer.position, transfer.limit, this.#checksums);
        transfer.position += chunk.data.length;
        this.#sendChunk({ transfer: transfer.id, ...chunk });
      }
    } finally {
      this.#pumping = false;
    }
  }

  /** Buffers come back when the transport is through with them: else each chunk is garbage for the collector. */
  #sendChunk(fields: ChunkFields): void {
    if (this.#channel.sendParts) return this.#channel.sendParts(chunkHead(fields), fields.data);
    const bytes = encodeChunk(fields, scratch.pop());
    this.#channel.send(bytes, () => {
      if (scratch.length < MAX_SCRATCH) scratch.push(new Uint8Array(bytes.buffer, bytes.byteOffset));
    });
  }

  #ready(): Outgoing | undefined {
    for (const transfer of this.#transfers.values()) {
      if (transfer.position < transfer.limit) return transfer;
    }
    return undefined;
  }
}
