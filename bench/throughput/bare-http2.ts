/** What a client of one HTTP/2 stream needs of its frames (RFC 9113), and no more: for members that take no time. */

export const FRAME = {
  data: 0,
  headers: 1,
  reset: 3,
  settings: 4,
  ping: 6,
  goAway: 7,
  windowUpdate: 8,
} as const;
export const FLAG = { ack: 1, endHeaders: 4, padded: 8 } as const;

/** Bytes before a frame's payload. */
export const HEADER = 9;

/** Longest payload that every peer takes. */
export const MAX_PAYLOAD = 16_384;

/** A window is at most this large: credit for it is given a gigabyte at a time. */
export const LARGEST_WINDOW = 2 ** 31 - 1;

export const FIRST_WINDOW = 65_535;

export const STREAM = 1;

const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';
const ENABLE_PUSH = 2;
export const INITIAL_WINDOW_SIZE = 4;

export interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
  readonly payload: Uint8Array;
}

/** Writes a frame's header at `at`. */
export function writeHeader(
  into: Buffer,
  at: number,
  { type, flags, stream, length }: Omit<Frame, 'payload'> & { readonly length: number },
): void {
  into.writeUIntBE(length, at, 3);
  into[at + 3] = type;
  into[at + 4] = flags;
  into.writeUInt32BE(stream, at + 5);
}

export function frameOf({ payload, ...frame }: Frame): Buffer {
  const bytes = Buffer.allocUnsafe(HEADER + payload.length);
  writeHeader(bytes, 0, { ...frame, length: payload.length });
  bytes.set(payload, HEADER);
  return bytes;
}

export function windowUpdate(stream: number, bytes: number): Buffer {
  const payload = Buffer.alloc(4);
  payload.writeUInt32BE(bytes);
  return frameOf({ type: FRAME.windowUpdate, flags: 0, stream, payload });
}

/** Opens the connection and its one stream, with windows as large as they may be. */
export function opening(path: string, authority: string): Buffer {
  const settings = Buffer.alloc(12);
  settings.writeUInt16BE(ENABLE_PUSH, 0);
  settings.writeUInt16BE(INITIAL_WINDOW_SIZE, 6);
  settings.writeUInt32BE(LARGEST_WINDOW, 8);
  return Buffer.concat([
    Buffer.from(PREFACE),
    frameOf({ type: FRAME.settings, flags: 0, stream: 0, payload: settings }),
    windowUpdate(0, LARGEST_WINDOW - FIRST_WINDOW),
    frameOf({
      type: FRAME.headers,
      flags: FLAG.endHeaders,
      stream: STREAM,
      payload: requestHeaders(path, authority),
    }),
  ]);
}

/** A gRPC request's headers in HPACK (RFC 7541), as literals that nobody has to remember. */
function requestHeaders(path: string, authority: string): Buffer {
  // Of the static table: ":method: POST" and ":scheme: http".
  const [post, http] = [0x83, 0x86];
  const literal = (name: number | string, value: string): Buffer =>
    Buffer.concat([typeof name === 'number' ? Buffer.from([name]) : text(name), text(value)]);
  return Buffer.concat([
    Buffer.from([post, http]),
    literal(0x04, path),
    literal(0x01, authority),
    // Index 31, content-type, does not fit its four bits.
    Buffer.from([0x0f, 31 - 15]),
    text('application/grpc'),
    Buffer.from([0]),
    literal('te', 'trailers'),
  ]);
}

function text(value: string): Buffer {
  if (value.length > 126) throw new Error(`a header of ${value.length} bytes`);
  return Buffer.concat([Buffer.from([value.length]), Buffer.from(value, 'latin1')]);
}

/** Cuts what comes into frames; a DATA frame is given in the parts in which it came, each with the frame's header. */
export class FrameCutter {
  readonly #header = Buffer.alloc(HEADER);
  #headed = 0;
  #left = 0;
  /** Payload of a frame that is no DATA, until it is whole. */
  #whole: Buffer | undefined;

  constructor(private readonly frame: (frame: Frame) => void) {}

  push(bytes: Buffer): void {
    let at = 0;
    while (at < bytes.length) {
      if (this.#headed < HEADER) {
        const taken = bytes.copy(this.#header, this.#headed, at, at + HEADER - this.#headed);
        this.#headed += taken;
        at += taken;
        if (this.#headed < HEADER) return;
        this.#left = this.#header.readUIntBE(0, 3);
        this.#whole = this.#header[3] === FRAME.data ? undefined : Buffer.alloc(this.#left);
        if (this.#left === 0) this.#give(Buffer.alloc(0));
        continue;
      }
      const part = bytes.subarray(at, at + this.#left);
      at += part.length;
      if (this.#whole) part.copy(this.#whole, this.#whole.length - this.#left);
      this.#left -= part.length;
      if (!this.#whole) this.#give(part);
      else if (this.#left === 0) this.#give(this.#whole);
    }
  }

  #give(payload: Uint8Array): void {
    if (this.#left === 0) this.#headed = 0;
    const [, , , type = 0, flags = 0] = this.#header;
    this.frame({ type, flags, stream: this.#header.readUInt32BE(5), payload });
  }
}
