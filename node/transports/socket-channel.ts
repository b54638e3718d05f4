import type { Channel, CloseReason } from '../../shared/protocol/channel.ts';
import { isIntact } from './address.ts';
import { OutgoingBuffer } from './outgoing-buffer.ts';

/** What Node's channels have in common: how much waits for the socket, and that they end once, for the first reason. */
export abstract class SocketChannel implements Channel {
  readonly remote: string;
  readonly intact: boolean;
  readonly #outgoing: OutgoingBuffer;
  #onClose: ((reason: CloseReason) => void) | undefined;
  #closed: CloseReason | undefined;

  /** @param highWater bytes that may wait for the socket */
  constructor({ remote, tls }: { readonly remote: string; readonly tls: boolean }, highWater?: number) {
    this.remote = remote;
    this.intact = isIntact(remote, tls);
    this.#outgoing = new OutgoingBuffer(highWater);
  }

  send(message: Uint8Array, taken?: () => void): void {
    if (this.#closed) return;
    this.write(message, this.underWay(message.length, taken));
  }

  drained(): Promise<void> {
    return this.#outgoing.drained();
  }

  close(reason: CloseReason = { code: 'local', message: 'closed by this side' }): void {
    if (this.#closed) return;
    this.end(reason);
    this.ended(reason);
  }

  onMessage(handler: (message: Uint8Array) => void): void {
    this.read((message) => {
      if (!this.#closed) handler(message);
    });
  }

  onClose(handler: (reason: CloseReason) => void): void {
    this.#onClose = handler;
    if (this.#closed) handler(this.#closed);
  }

  /** The connection has ended, from whichever side; only the first reason counts. */
  ended(reason: CloseReason): void {
    if (this.#closed) return;
    this.#closed = reason;
    this.#outgoing.close();
    this.#onClose?.(reason);
  }

  /** So many bytes wait for the socket until what is returned is called. */
  protected underWay(bytes: number, taken: (() => void) | undefined): () => void {
    this.#outgoing.added(bytes);
    return () => {
      this.#outgoing.taken(bytes);
      taken?.();
    };
  }

  protected get isClosed(): boolean {
    return this.#closed !== undefined;
  }

  /** @param taken once the socket has it */
  protected abstract write(message: Uint8Array, taken: () => void): void;
  /** Ends this side, after what was written. */
  protected abstract end(reason: CloseReason): void;
  /** Lets messages come from now on; until then the socket holds them back. */
  protected abstract read(handler: (message: Uint8Array) => void): void;
}
