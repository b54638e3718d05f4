import type { CloseReason } from '../../shared/protocol/channel.ts';
import { SocketChannel } from './socket-channel.ts';

/** What of grpc-js's stream is used here. */
interface ByteStream {
  on(event: 'data', handler: (message: Buffer) => void): unknown;
  write(message: Uint8Array, taken: () => void): boolean;
}

/** A member's gRPC stream as a channel. */
export class GrpcChannel extends SocketChannel {
  readonly #stream: ByteStream;
  readonly #end: (reason: CloseReason) => void;

  /** @param end Ends this side's half, after what was written. */
  constructor(
    at: { readonly remote: string; readonly tls: boolean },
    stream: ByteStream,
    end: (reason: CloseReason) => void,
  ) {
    super(at);
    this.#stream = stream;
    this.#end = end;
  }

  protected write(message: Uint8Array, taken: () => void): void {
    this.#stream.write(message, taken);
  }

  protected end(reason: CloseReason): void {
    this.#end(reason);
  }

  protected read(handler: (message: Uint8Array) => void): void {
    this.#stream.on('data', handler);
  }
}
