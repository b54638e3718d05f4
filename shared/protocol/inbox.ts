import { ProtocolError } from './errors.ts';
import type { ChunkMessage, DoneStatus, Message } from './messages.ts';
import type { Payload } from './payload.ts';

/** Times that the same damaged chunk is asked for again before its transfer is given up. */
const MAX_DAMAGED = 3;

/** What becomes of a transfer; exactly one of the two is called, once. */
export interface Receiver {
  /** All bytes are there. The inbox waits for `finish`. */
  complete(): void;
  failed(status: 'corrupt' | 'aborted', message: string): void;
}

interface Incoming {
  readonly id: number;
  readonly payload: Payload;
  readonly receiver: Receiver;
  /** Bytes below it may come: credit that has been granted. */
  granted: number;
  damaged: number;
  /** Chunks beyond the expected one were sent before our rewind, and are skipped. */
  rewinding: boolean;
}

/** The receiving side of a connection's transfers: grants credit, checks chunks, asks again for damaged ones. */
export class Inbox {
  readonly #transfers = new Map<number, Incoming>();
  readonly #send: (message: Message) => void;
  readonly #window: number;
  readonly #intact: boolean;

  /** @param intact The transport checks every byte: chunks may come without a checksum. */
  constructor(send: (message: Message) => void, window: number, intact: boolean) {
    this.#send = send;
    this.#window = window;
    this.#intact = intact;
  }

  get open(): number {
    return this.#transfers.size;
  }

  has(id: number): boolean {
    return this.#transfers.has(id);
  }

  /**
   * Takes a transfer. The sender is told where to start, unless it is about to send from there by itself.
   *
   * @param sendsFrom Where the sender starts without an Accept, with one window of credit; undefined: it waits for one.
   */
  accept(id: number, payload: Payload, receiver: Receiver, sendsFrom?: number): void {
    const granted = Math.min(payload.size, payload.received + this.#window);
    const told = sendsFrom === payload.received;
    this.#transfers.set(id, { id, payload, receiver, granted, damaged: 0, rewinding: !told });
    if (!told) this.#send({ type: 'accept', transfer: id, offset: payload.received, limit: granted });
    if (payload.complete) this.#complete(id, receiver);
  }

  /** Ends a transfer: the sender may forget it. */
  finish(id: number, status: DoneStatus, message = ''): void {
    this.#transfers.delete(id);
    this.#send({ type: 'done', transfer: id, status, message });
  }

  /** Forgets a transfer without a word; chunks of it that are still under way are skipped. */
  drop(id: number): void {
    this.#transfers.delete(id);
  }

  /** @throws ProtocolError when the sender exceeds its credit, or leaves bytes or a checksum out */
  chunk(chunk: ChunkMessage): void {
    if (chunk.crc32 === undefined && !this.#intact) {
      throw new ProtocolError(
        `transfer ${chunk.transfer}: a chunk has no checksum, and nothing else checks what comes over this connection`,
      );
    }
    const transfer = this.#transfers.get(chunk.transfer);
    if (transfer === undefined) return;
    const { payload } = transfer;
    const end = chunk.offset + chunk.data.length;
    if (end > transfer.granted && !transfer.rewinding) {
      throw new ProtocolError(
        `transfer ${chunk.transfer}: a chunk ends at ${end}, credit was given up to ${transfer.granted}`,
      );
    }
    switch (payload.append(chunk)) {
      case 'duplicate':
        return;
      case 'gap':
        if (transfer.rewinding) return;
        throw new ProtocolError(
          `transfer ${chunk.transfer}: a chunk starts at ${chunk.offset}, ${payload.received} was expected`,
        );
      case 'damaged':
        return this.#damaged(transfer);
      case 'added':
        transfer.rewinding = false;
        transfer.damaged = 0;
        return payload.complete ? this.#complete(chunk.transfer, transfer.receiver) : this.#grant(transfer);
    }
  }

  /** The sender gives a transfer up. */
  abort(id: number, message: string): void {
    const transfer = this.#transfers.get(id);
    this.#transfers.delete(id);
    transfer?.receiver.failed('aborted', message);
  }

  #complete(id: number, receiver: Receiver): void {
    // Any further chunk of it is a repetition.
    this.#transfers.delete(id);
    receiver.complete();
  }

  #grant(transfer: Incoming): void {
    const { payload } = transfer;
    // Half a window at a time: one message per half window, and the sender never starves.
    if (transfer.granted - payload.received > this.#window / 2 || transfer.granted === payload.size) return;
    transfer.granted = Math.min(payload.size, payload.received + this.#window);
    this.#send({ type: 'credit', transfer: transfer.id, limit: transfer.granted });
  }

  #damaged(transfer: Incoming): void {
    const { payload, id } = transfer;
    transfer.damaged += 1;
    if (transfer.damaged > MAX_DAMAGED) {
      const message = `the chunk at ${payload.received} of ${payload.size} came damaged ${transfer.damaged} times`;
      this.finish(id, 'corrupt', message);
      transfer.receiver.failed('corrupt', message);
      return;
    }
    transfer.rewinding = true;
    transfer.granted = Math.min(payload.size, payload.received + this.#window);
    this.#send({ type: 'accept', transfer: id, offset: payload.received, limit: transfer.granted });
  }
}
