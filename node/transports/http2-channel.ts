import { constants, type ServerHttp2Stream } from 'node:http2';
import type { CloseReason } from '../../shared/protocol/channel.ts';
import { Http2StreamChannel, type StreamOptions } from './http2-stream-channel.ts';
import { CLOSE_MS } from './listen-options.ts';
import { statusOf } from './native-errors.ts';
import { statusMessage } from './status-message.ts';

/**
 * Bytes that may wait for the socket. Node reads nothing from an HTTP/2 connection while a write to it is under way: one
 * chunk at a time leaves room to hear a heartbeat, and on a slow line to let it out.
 */
const HIGH_WATER = 256 << 10;

/**
 * The server's side of a gRPC stream, straight on HTTP/2. Nearly all bytes of a run pass here: grpc-js would copy each
 * once more on the way out and once on the way in, and double the processor time of both.
 */
export class Http2Channel extends Http2StreamChannel<ServerHttp2Stream> {
  readonly #flushMs: number;

  /** @param flushMs that the peer has, when the stream ends, to take what was written before */
  constructor(
    stream: ServerHttp2Stream,
    { flushMs, ...options }: Omit<StreamOptions, 'highWater'> & { readonly flushMs: number },
  ) {
    super(stream, { ...options, highWater: HIGH_WATER });
    this.#flushMs = flushMs;
    const message = `member at ${options.remote} ended the connection`;
    // The member has ended its half: the stream is over in good order.
    stream.once('end', () => this.close({ code: 'ok', message }));
  }

  protected end({ code, message }: CloseReason): void {
    endStream(this.stream, this.#flushMs, statusOf(code), message);
  }
}

/** Ends the stream after what was written, with gRPC's status in the trailers; what the member still sends is dropped. */
function endStream(stream: ServerHttp2Stream, flushMs: number, status: number, message: string): void {
  if (stream.destroyed || stream.closed) return;
  // A peer that opens no window would keep its stream, and its place among the connections, for as long as it likes. It is
  // cancelled: without an error code Node would wait for what was written.
  let timer = setTimeout(() => stream.close(constants.NGHTTP2_CANCEL), flushMs);
  stream.once('close', () => clearTimeout(timer));
  stream.once('wantTrailers', () => {
    stream.sendTrailers({ 'grpc-status': String(status), 'grpc-message': statusMessage(message) });
    // The member ends its half when it has read them; if it does not, it is reset (RFC 9113, 8.1).
    clearTimeout(timer);
    timer = setTimeout(() => stream.close(constants.NGHTTP2_NO_ERROR), CLOSE_MS);
  });
  stream.resume();
  stream.end();
}
