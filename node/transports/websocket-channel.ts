import type { WebSocket } from 'ws';
import type { Channel, CloseReason } from '../../shared/protocol/channel.ts';
import { isIntact } from './address.ts';
import { CLOSE_MS } from './listen-options.ts';
import { closeCodeOf, reasonOfCloseCode } from './native-errors.ts';
import { OutgoingBuffer } from './outgoing-buffer.ts';

/** A WebSocket of the `ws` package as a channel: one binary message is one envelope. */
export class WebSocketChannel implements Channel {
  readonly remote: string;
  readonly intact: boolean;
  readonly #socket: WebSocket;
  readonly #outgoing = new OutgoingBuffer();
  #onClose: ((reason: CloseReason) => void) | undefined;
  #closed: CloseReason | undefined;
  #failure: Error | undefined;

  constructor(socket: WebSocket, { remote, tls }: { readonly remote: string; readonly tls: boolean }) {
    this.intact = isIntact(remote, tls);
    this.#socket = socket;
    this.remote = remote;
    // Nothing is read before somebody listens.
    socket.pause();
    socket.on('error', (error) => {
      this.#failure = error;
    });
    socket.on('close', (code, details) => {
      const failure = this.#failure as (Error & { code?: string }) | undefined;
      if (failure?.code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH') {
        this.#ended({ code: 'too-large', message: `${remote} sent a message above the limit` });
      } else if (failure?.code?.startsWith('WS_ERR_')) {
        this.#ended({
          code: 'protocol',
          message: `${remote} broke the WebSocket protocol: ${failure.message}`,
        });
      } else {
        this.#ended(reasonOfCloseCode(code, failure?.message ?? details.toString(), remote));
      }
    });
  }

  send(message: Uint8Array, taken?: () => void): void {
    if (this.#closed) return;
    this.#outgoing.added(message.length);
    this.#socket.send(message, { binary: true }, () => {
      this.#outgoing.taken(message.length);
      taken?.();
    });
  }

  drained(): Promise<void> {
    return this.#outgoing.drained();
  }

  close(reason: CloseReason = { code: 'local', message: 'closed by this side' }): void {
    if (this.#closed) return;
    this.#socket.close(closeCodeOf(reason.code), shorten(reason.code === 'local' ? '' : reason.message));
    const timer = setTimeout(() => this.#socket.terminate(), CLOSE_MS);
    this.#socket.once('close', () => clearTimeout(timer));
    this.#ended(reason);
    // The peer's answer to the close is still to be read.
    this.#socket.resume();
  }

  onMessage(handler: (message: Uint8Array) => void): void {
    this.#socket.on('message', (data, isBinary) => {
      if (this.#closed) return;
      if (!isBinary) {
        this.close({ code: 'protocol', message: 'a text message came where binary envelopes are expected' });
        return;
      }
      handler(data as Buffer);
    });
    this.#socket.resume();
  }

  onClose(handler: (reason: CloseReason) => void): void {
    this.#onClose = handler;
    if (this.#closed) handler(this.#closed);
  }

  #ended(reason: CloseReason): void {
    if (this.#closed) return;
    this.#closed = reason;
    this.#outgoing.close();
    this.#onClose?.(reason);
  }
}

/** A close frame holds 123 bytes of text (RFC 6455, 5.5). */
function shorten(text: string): string {
  if (Buffer.byteLength(text) <= 123) return text;
  return `${Buffer.from(text).subarray(0, 119).toString().replace(/�+$/, '')}…`;
}
