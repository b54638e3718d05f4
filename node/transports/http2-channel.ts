import { constants, type ServerHttp2Stream } from 'node:http2';
import type { Channel, CloseReason } from '../../shared/protocol/channel.ts';
import { isIntact } from './address.ts';
import { FrameError, FrameReader, prefixOf } from './grpc-frames.ts';
import { CLOSE_MS } from './listen-options.ts';
import { statusOf } from './native-errors.ts';
import { OutgoingBuffer } from './outgoing-buffer.ts';

/**
 * Bytes that may wait for the socket. Node reads nothing from an HTTP/2 connection while a write to it is under way: one
 * chunk at a time leaves room to hear a heartbeat, and on a slow line to let it out.
 */
const HIGH_WATER = 256 << 10;

/**
 * The server's side of a gRPC stream, straight on HTTP/2. Nearly all bytes of a run pass here: grpc-js would copy each
 * once more on the way out and once on the way in, and double the processor time of both.
 */
export class Http2Channel implements Channel {
  readonly remote: string;
  readonly intact: boolean;
  readonly #stream: ServerHttp2Stream;
  readonly #limit: number;
  readonly #outgoing = new OutgoingBuffer(HIGH_WATER);
  #onClose: ((reason: CloseReason) => void) | undefined;
  #closed: CloseReason | undefined;

  /** @param options.limit bytes of the longest message that is taken */
  constructor(
    stream: ServerHttp2Stream,
    { remote, tls, limit }: { readonly remote: string; readonly tls: boolean; readonly limit: number },
  ) {
    this.remote = remote;
    this.intact = isIntact(remote, tls);
    this.#stream = stream;
    this.#limit = limit;
    // The member has ended its half: the stream is over in good order.
    stream.once('end', () => this.close({ code: 'ok', message: `member at ${remote} ended the connection` }));
    // Whatever broke it: its own reason was set before, if it had one.
    stream.once('close', () => this.#ended({ code: 'lost', message: `the connection to ${remote} broke` }));
    stream.on('error', () => undefined);
  }

  send(message: Uint8Array, taken?: () => void): void {
    if (this.#closed) return;
    const bytes = Buffer.from(message.buffer, message.byteOffset, message.byteLength);
    this.#outgoing.added(bytes.length);
    this.#stream.cork();
    this.#stream.write(prefixOf(bytes.length));
    this.#stream.write(bytes, () => {
      this.#outgoing.taken(bytes.length);
      taken?.();
    });
    this.#stream.uncork();
  }

  drained(): Promise<void> {
    return this.#outgoing.drained();
  }

  close(reason: CloseReason = { code: 'local', message: 'closed by this side' }): void {
    if (this.#closed) return;
    endStream(this.#stream, statusOf(reason.code), reason.message);
    this.#ended(reason);
  }

  onMessage(handler: (message: Uint8Array) => void): void {
    const reader = new FrameReader(this.#limit, (message) => {
      if (!this.#closed) handler(message);
    });
    // The stream flows from now on; until then it holds back what comes.
    this.#stream.on('data', (chunk: Buffer) => {
      if (this.#closed) return;
      try {
        reader.push(chunk);
      } catch (error) {
        if (!(error instanceof FrameError)) throw error;
        this.close({ code: error.code, message: `${this.remote}: ${error.message}` });
      }
    });
  }

  onClose(handler: (reason: CloseReason) => void): void {
    this.#onClose = handler;
    if (this.#closed) handler(this.#closed);
  }

  /** The stream has ended, from whichever side; only the first reason counts. */
  #ended(reason: CloseReason): void {
    if (this.#closed) return;
    this.#closed = reason;
    this.#outgoing.close();
    this.#onClose?.(reason);
  }
}

/** Ends the stream after what was written, with gRPC's status in the trailers; what the member still sends is dropped. */
function endStream(stream: ServerHttp2Stream, status: number, message: string): void {
  if (stream.destroyed || stream.closed) return;
  stream.once('wantTrailers', () => {
    stream.sendTrailers({ 'grpc-status': String(status), 'grpc-message': encodeURIComponent(message) });
    // The member ends its half when it has read them; if it does not, it is reset (RFC 9113, 8.1).
    const timer = setTimeout(() => stream.close(constants.NGHTTP2_NO_ERROR), CLOSE_MS);
    stream.once('close', () => clearTimeout(timer));
  });
  stream.resume();
  stream.end();
}
