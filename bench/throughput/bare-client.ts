import { connect, type Socket } from 'node:net';
import { FrameReader, prefixOf } from '../../node/transports/grpc-frames.ts';
import { SESSION_METHOD } from '../../node/transports/grpc-service.ts';
import { giveBuffer } from '../../node/transports/receive-buffers.ts';
import { SocketChannel } from '../../node/transports/socket-channel.ts';
import { DEFAULT_LIMITS } from '../../shared/protocol/limits.ts';
import {
  FIRST_WINDOW,
  FLAG,
  FRAME,
  type Frame,
  FrameCutter,
  frameOf,
  HEADER,
  INITIAL_WINDOW_SIZE,
  MAX_PAYLOAD,
  opening,
  STREAM,
  windowUpdate,
  writeHeader,
} from './bare-http2.ts';

/** Bytes that are read, or written, at once. */
const BUFFER_BYTES = 512 << 10;

/** What has come is credited again so many bytes at a time: windows are 2 GiB. */
const CREDIT_BYTES = 1 << 30;

interface Waiting {
  readonly parts: readonly Uint8Array[];
  readonly taken: () => void;
}

/**
 * The client's side of a gRPC stream on a bare socket, plaintext on loopback: it reads into one buffer, writes from one,
 * and knows of HTTP/2 what one stream needs. Where members share two cores with the server that is measured, what they
 * take is missing there. Messages are free once they are read.
 */
export class BareClient extends SocketChannel {
  static async dial(address: string): Promise<BareClient> {
    const { hostname, port } = new URL(`http://${address}`);
    let heard: (bytes: Buffer) => void = () => undefined;
    const socket = connect({
      host: hostname,
      port: Number(port),
      noDelay: true,
      onread: {
        buffer: Buffer.allocUnsafeSlow(BUFFER_BYTES),
        callback: (length, buffer) => {
          heard(Buffer.from(buffer.buffer, buffer.byteOffset, length));
          return true;
        },
      },
    });
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
    const client = new BareClient(socket, address);
    heard = (bytes) => client.#cutter.push(bytes);
    return client;
  }

  readonly #socket: Socket;
  readonly #cutter = new FrameCutter((frame) => this.#frame(frame));
  readonly #out = Buffer.allocUnsafeSlow(BUFFER_BYTES);
  #messages: FrameReader | undefined;
  #waiting: Waiting[] = [];
  /** Where the first of what waits goes on: its part, and the byte in it. */
  #part = 0;
  #byte = 0;
  #writing = false;
  #connectionWindow = FIRST_WINDOW;
  #streamWindow = FIRST_WINDOW;
  #initialWindow = FIRST_WINDOW;
  #uncredited = 0;

  private constructor(socket: Socket, remote: string) {
    super({ remote, tls: false });
    this.#socket = socket;
    socket.on('error', () => undefined);
    socket.once('close', () => this.ended({ code: 'lost', message: `the connection to ${remote} broke` }));
    socket.write(opening(SESSION_METHOD.path, remote));
  }

  release(message: Uint8Array): void {
    giveBuffer(message);
  }

  sendParts(head: Uint8Array, data: Uint8Array, taken?: () => void): void {
    if (this.isClosed) return;
    const length = head.length + data.length;
    this.#send([prefixOf(length, head), data], this.underWay(length, taken));
  }

  protected write(message: Uint8Array, taken: () => void): void {
    this.#send([prefixOf(message.length), message], taken);
  }

  protected read(handler: (message: Uint8Array) => void): void {
    this.#messages = new FrameReader(DEFAULT_LIMITS.envelopeBytes, (message) => {
      handler(message);
      giveBuffer(message);
    });
  }

  protected end(): void {
    this.#socket.end();
  }

  #send(parts: readonly Uint8Array[], taken: () => void): void {
    this.#waiting.push({ parts, taken });
    // Once for all that one turn says.
    if (this.#waiting.length === 1 && !this.#writing) queueMicrotask(() => this.#flush());
  }

  /** Writes what waits, as far as the windows and the buffer reach. */
  #flush(): void {
    if (this.#writing) return;
    const taken: (() => void)[] = [];
    let end = 0;
    while (this.#waiting.length > 0) {
      const room = Math.min(
        MAX_PAYLOAD,
        BUFFER_BYTES - end - HEADER,
        this.#connectionWindow,
        this.#streamWindow,
      );
      if (room <= 0) break;
      const length = this.#fill(end + HEADER, room, taken);
      writeHeader(this.#out, end, { type: FRAME.data, flags: 0, stream: STREAM, length });
      end += HEADER + length;
      this.#connectionWindow -= length;
      this.#streamWindow -= length;
    }
    if (end === 0) return;
    this.#writing = true;
    this.#socket.write(this.#out.subarray(0, end), () => {
      this.#writing = false;
      for (const done of taken) done();
      this.#flush();
    });
  }

  /** Bytes of what waits, at most `room` of them. @returns how many */
  #fill(at: number, room: number, taken: (() => void)[]): number {
    let filled = 0;
    while (filled < room && this.#waiting.length > 0) {
      const { parts, taken: done } = this.#waiting[0]!;
      const part = parts[this.#part]!;
      const some = part.subarray(this.#byte, this.#byte + room - filled);
      this.#out.set(some, at + filled);
      filled += some.length;
      this.#byte += some.length;
      if (this.#byte < part.length) break;
      this.#byte = 0;
      this.#part += 1;
      if (this.#part < parts.length) continue;
      this.#part = 0;
      this.#waiting.shift();
      taken.push(done);
    }
    return filled;
  }

  #frame({ type, flags, stream, payload }: Frame): void {
    const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.length);
    switch (type) {
      case FRAME.data:
        if (flags & FLAG.padded) throw new Error('the server pads its frames');
        this.#credit(bytes.length);
        this.#messages?.push(bytes);
        return;
      case FRAME.settings:
        if (!(flags & FLAG.ack)) this.#settings(bytes);
        return;
      case FRAME.ping:
        if (!(flags & FLAG.ack))
          this.#socket.write(frameOf({ type: FRAME.ping, flags: FLAG.ack, stream: 0, payload: bytes }));
        return;
      case FRAME.windowUpdate:
        if (stream === 0) this.#connectionWindow += bytes.readUInt32BE(0);
        else this.#streamWindow += bytes.readUInt32BE(0);
        return this.#flush();
      case FRAME.reset:
      case FRAME.goAway:
        return void this.#socket.end();
      default:
      // Headers and trailers say nothing that a session does not say itself.
    }
  }

  #settings(bytes: Buffer): void {
    for (let at = 0; at < bytes.length; at += 6) {
      if (bytes.readUInt16BE(at) !== INITIAL_WINDOW_SIZE) continue;
      const initial = bytes.readUInt32BE(at + 2);
      this.#streamWindow += initial - this.#initialWindow;
      this.#initialWindow = initial;
    }
    this.#socket.write(
      frameOf({ type: FRAME.settings, flags: FLAG.ack, stream: 0, payload: Buffer.alloc(0) }),
    );
    this.#flush();
  }

  #credit(bytes: number): void {
    this.#uncredited += bytes;
    if (this.#uncredited < CREDIT_BYTES) return;
    for (const stream of [0, STREAM]) this.#socket.write(windowUpdate(stream, this.#uncredited));
    this.#uncredited = 0;
  }
}
