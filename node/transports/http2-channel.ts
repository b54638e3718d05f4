import { constants, type ServerHttp2Stream } from 'node:http2';
import type { CloseReason } from '../../shared/protocol/channel.ts';
import { FrameError, FrameReader, prefixOf } from './grpc-frames.ts';
import { CLOSE_MS } from './listen-options.ts';
import { statusOf } from './native-errors.ts';
import { SocketChannel } from './socket-channel.ts';

/**
 * Bytes that may wait for the socket. Node reads nothing from an HTTP/2 connection while a write to it is under way: one
 * chunk at a time leaves room to hear a heartbeat, and on a slow line to let it out.
 */
const HIGH_WATER = 256 << 10;

/**
 * The server's side of a gRPC stream, straight on HTTP/2. Nearly all bytes of a run pass here: grpc-js would copy each
 * once more on the way out and once on the way in, and double the processor time of both.
 */
export class Http2Channel extends SocketChannel {
  readonly #stream: ServerHttp2Stream;
  readonly #limit: number;

  /** @param options.limit bytes of the longest message that is taken */
  constructor(
    stream: ServerHttp2Stream,
    { limit, ...at }: { readonly remote: string; readonly tls: boolean; readonly limit: number },
  ) {
    super(at, HIGH_WATER);
    const { remote } = at;
    this.#stream = stream;
    this.#limit = limit;
    // The member has ended its half: the stream is over in good order.
    stream.once('end', () => this.close({ code: 'ok', message: `member at ${remote} ended the connection` }));
    // Whatever broke it: its own reason was set before, if it had one.
    stream.once('close', () => this.ended({ code: 'lost', message: `the connection to ${remote} broke` }));
    stream.on('error', () => undefined);
  }

  protected write(message: Uint8Array, taken: () => void): void {
    const bytes = Buffer.from(message.buffer, message.byteOffset, message.byteLength);
    this.#stream.cork();
    this.#stream.write(prefixOf(bytes.length));
    this.#stream.write(bytes, taken);
    this.#stream.uncork();
  }

  protected end({ code, message }: CloseReason): void {
    endStream(this.#stream, statusOf(code), message);
  }

  protected read(handler: (message: Uint8Array) => void): void {
    const reader = new FrameReader(this.#limit, handler);
    this.#stream.on('data', (chunk: Buffer) => {
      if (this.isClosed) return;
      try {
        reader.push(chunk);
      } catch (error) {
        if (!(error instanceof FrameError)) throw error;
        this.close({ code: error.code, message: `${this.remote}: ${error.message}` });
      }
    });
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
