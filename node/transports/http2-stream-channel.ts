import type { Http2Stream } from 'node:http2';
import { FrameError, FrameReader, prefixOf } from './grpc-frames.ts';
import { giveBuffer } from './receive-buffers.ts';
import { SocketChannel } from './socket-channel.ts';

/** A message up to this is copied behind its prefix: one write costs more than that. */
const COPIED = 4 << 10;

const EMPTY = new Uint8Array(0);

/** Messages of gRPC straight on a stream of HTTP/2. Who ends it, and how, differs between the two sides. */
export abstract class Http2StreamChannel<Stream extends Http2Stream> extends SocketChannel {
  protected readonly stream: Stream;
  readonly #limit: number;
  #gathering = false;

  /** @param options.limit bytes of the longest message that is taken */
  constructor(stream: Stream, { limit, highWater, ...at }: StreamOptions) {
    super(at, highWater);
    this.stream = stream;
    this.#limit = limit;
    // Whatever broke it: its own reason was set before, if it had one.
    const message = `the connection to ${at.remote} broke`;
    stream.once('close', () => this.ended({ code: 'lost', message }));
    stream.on('error', () => undefined);
  }

  sendParts(head: Uint8Array, data: Uint8Array, taken?: () => void): void {
    if (this.isClosed) return;
    this.#writeParts(head, data, this.underWay(head.length + data.length, taken));
  }

  release(message: Uint8Array): void {
    giveBuffer(message);
  }

  protected write(message: Uint8Array, taken: () => void): void {
    if (message.length > COPIED) return this.#writeParts(EMPTY, message, taken);
    this.#gather();
    this.stream.write(prefixOf(message.length, message), taken);
  }

  protected read(handler: (message: Uint8Array) => void): void {
    const reader = new FrameReader(this.#limit, handler);
    this.stream.on('data', (chunk: Buffer) => {
      if (this.isClosed) return;
      try {
        reader.push(chunk);
      } catch (error) {
        if (!(error instanceof FrameError)) throw error;
        this.close({ code: error.code, message: `${this.remote}: ${error.message}` });
      }
    });
  }

  #writeParts(head: Uint8Array, data: Uint8Array, taken: () => void): void {
    this.#gather();
    this.stream.write(prefixOf(head.length + data.length, head));
    this.stream.write(Buffer.from(data.buffer, data.byteOffset, data.byteLength), taken);
  }

  /**
   * Holds back what is written until this turn of the event loop, and all promises that it settles, are through: an
   * assignment, its weights' announcement and their first chunk are then one write, not three that wait for each other.
   */
  #gather(): void {
    if (this.#gathering) return;
    this.#gathering = true;
    this.stream.cork();
    // A tick that a microtask asks for comes when no microtask is left.
    queueMicrotask(() =>
      process.nextTick(() => {
        this.#gathering = false;
        this.stream.uncork();
      }),
    );
  }
}

export interface StreamOptions {
  readonly remote: string;
  readonly tls: boolean;
  /** Bytes of the longest message that is taken. */
  readonly limit: number;
  /** Bytes that may wait for the socket. */
  readonly highWater?: number;
}
