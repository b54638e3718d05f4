import { constants, type ServerHttp2Stream } from 'node:http2';
import type { CloseReason } from '../../shared/protocol/channel.ts';
import { Http2StreamChannel, type StreamOptions } from './http2-stream-channel.ts';
import { CLOSE_MS } from './listen-options.ts';
import { statusOf } from './native-errors.ts';

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
  constructor(stream: ServerHttp2Stream, options: Omit<StreamOptions, 'highWater'>) {
    super(stream, { ...options, highWater: HIGH_WATER });
    const message = `member at ${options.remote} ended the connection`;
    // The member has ended its half: the stream is over in good order.
    stream.once('end', () => this.close({ code: 'ok', message }));
  }

  protected end({ code, message }: CloseReason): void {
    endStream(this.stream, statusOf(code), message);
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
