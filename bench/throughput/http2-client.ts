import { type ClientHttp2Session, type ClientHttp2Stream, connect } from 'node:http2';
import { SESSION_METHOD, WINDOW_BYTES } from '../../node/transports/grpc-service.ts';
import { Http2StreamChannel } from '../../node/transports/http2-stream-channel.ts';
import { DEFAULT_LIMITS } from '../../shared/protocol/limits.ts';

/**
 * The client's side of a gRPC stream straight on HTTP/2, plaintext on loopback: as thin as Node allows. For a reader that keeps
 * nothing of a message: its memory is free once it is read.
 */
export class Http2Client extends Http2StreamChannel<ClientHttp2Stream> {
  static async dial(address: string): Promise<Http2Client> {
    const session = connect(`http://${address}`, {
      settings: { initialWindowSize: WINDOW_BYTES, enablePush: false },
    });
    await new Promise<void>((resolve, reject) => {
      session.once('connect', () => resolve());
      session.once('error', reject);
    });
    session.setLocalWindowSize(WINDOW_BYTES);
    return new Http2Client(session, address);
  }

  private constructor(session: ClientHttp2Session, remote: string) {
    const stream = session.request({
      ':method': 'POST',
      ':path': SESSION_METHOD.path,
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    super(stream, { remote, tls: false, limit: DEFAULT_LIMITS.envelopeBytes });
    stream.once('close', () => session.close());
  }

  protected override read(handler: (message: Uint8Array) => void): void {
    super.read((message) => {
      handler(message);
      this.release(message);
    });
  }

  protected end(): void {
    this.stream.end();
  }
}
