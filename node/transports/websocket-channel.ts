import type { WebSocket } from 'ws';
import type { CloseReason } from '../../shared/protocol/channel.ts';
import { CLOSE_MS } from './listen-options.ts';
import { closeCodeOf, reasonOfCloseCode } from './native-errors.ts';
import { SocketChannel } from './socket-channel.ts';

/** A WebSocket of the `ws` package as a channel: one binary message is one envelope. */
export class WebSocketChannel extends SocketChannel {
  readonly #socket: WebSocket;
  #failure: Error | undefined;

  constructor(socket: WebSocket, at: { readonly remote: string; readonly tls: boolean }) {
    super(at);
    this.#socket = socket;
    const { remote } = at;
    // Nothing is read before somebody listens.
    socket.pause();
    socket.on('error', (error) => {
      this.#failure = error;
    });
    socket.on('close', (code, details) => {
      const failure = this.#failure as (Error & { code?: string }) | undefined;
      if (failure?.code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH') {
        this.ended({ code: 'too-large', message: `${remote} sent a message above the limit` });
      } else if (failure?.code?.startsWith('WS_ERR_')) {
        this.ended({
          code: 'protocol',
          message: `${remote} broke the WebSocket protocol: ${failure.message}`,
        });
      } else {
        this.ended(reasonOfCloseCode(code, failure?.message ?? details.toString(), remote));
      }
    });
  }

  protected write(message: Uint8Array, taken: () => void): void {
    this.#socket.send(message, { binary: true }, taken);
  }

  protected end({ code, message }: CloseReason): void {
    this.#socket.close(closeCodeOf(code), shorten(code === 'local' ? '' : message));
    const timer = setTimeout(() => this.#socket.terminate(), CLOSE_MS);
    this.#socket.once('close', () => clearTimeout(timer));
    // The peer's answer to the close is still to be read.
    this.#socket.resume();
  }

  protected read(handler: (message: Uint8Array) => void): void {
    this.#socket.on('message', (data, isBinary) => {
      if (isBinary) handler(data as Buffer);
      else
        this.close({ code: 'protocol', message: 'a text message came where binary envelopes are expected' });
    });
    this.#socket.resume();
  }
}

/** A close frame holds 123 bytes of text (RFC 6455, 5.5). */
function shorten(text: string): string {
  if (Buffer.byteLength(text) <= 123) return text;
  return `${Buffer.from(text).subarray(0, 119).toString().replace(/�+$/, '')}…`;
}
