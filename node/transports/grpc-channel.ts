import type { Channel, CloseReason } from '../../shared/protocol/channel.ts';
import { isIntact } from './address.ts';
import { OutgoingBuffer } from './outgoing-buffer.ts';

/** What of grpc-js's stream is used here. */
interface ByteStream {
  on(event: 'data', handler: (message: Buffer) => void): unknown;
  write(message: Uint8Array, taken: () => void): boolean;
  pause(): unknown;
  resume(): unknown;
}

/** A member's gRPC stream as a channel. */
export class GrpcChannel implements Channel {
  readonly remote: string;
  readonly intact: boolean;
  readonly #stream: ByteStream;
  readonly #end: (reason: CloseReason) => void;
  readonly #outgoing = new OutgoingBuffer();
  #onClose: ((reason: CloseReason) => void) | undefined;
  #closed: CloseReason | undefined;

  /** @param end Ends this side's half, after what was written. */
  constructor(
    { remote, tls }: { readonly remote: string; readonly tls: boolean },
    stream: ByteStream,
    end: (reason: CloseReason) => void,
  ) {
    this.remote = remote;
    this.intact = isIntact(remote, tls);
    this.#stream = stream;
    this.#end = end;
  }

  send(message: Uint8Array, taken?: () => void): void {
    if (this.#closed) return;
    this.#outgoing.added(message.length);
    this.#stream.write(message, () => {
      this.#outgoing.taken(message.length);
      taken?.();
    });
  }

  drained(): Promise<void> {
    return this.#outgoing.drained();
  }

  close(reason: CloseReason = { code: 'local', message: 'closed by this side' }): void {
    if (this.#closed) return;
    this.#end(reason);
    this.ended(reason);
  }

  onMessage(handler: (message: Uint8Array) => void): void {
    // The stream flows from now on; until then it holds back what comes.
    this.#stream.on('data', (message) => {
      if (!this.#closed) handler(message);
    });
  }

  onClose(handler: (reason: CloseReason) => void): void {
    this.#onClose = handler;
    if (this.#closed) handler(this.#closed);
  }

  /** The stream has ended, from whichever side; only the first reason counts. */
  ended(reason: CloseReason): void {
    if (this.#closed) return;
    this.#closed = reason;
    this.#outgoing.close();
    this.#onClose?.(reason);
  }
}
