import type { Channel, CloseReason } from './channel.ts';
import { type Clock, systemClock } from './clock.ts';
import { ChannelError } from './errors.ts';

/** Bytes that may wait in the socket before a sender of chunks pauses. */
const HIGH_WATER = 256 << 10;

/** A page's WebSocket does not say when it has sent; it is asked this often, in milliseconds. */
const POLL_MS = 4;

/** What is used of a standard WebSocket. */
export interface StandardSocket {
  binaryType: string;
  readonly bufferedAmount: number;
  send(data: Uint8Array): void;
  close(code?: number, reason?: string): void;
  addEventListener(type: 'open' | 'error', handler: () => void): void;
  addEventListener(type: 'message', handler: (event: { data: unknown }) => void): void;
  addEventListener(type: 'close', handler: (event: { code: number; reason: string }) => void): void;
}

/**
 * The WebSocket of a page as a channel. It has no back-pressure for what it receives: the session's credits bound it.
 */
export class PageChannel implements Channel {
  readonly remote: string;
  readonly intact: boolean;
  readonly #socket: StandardSocket;
  readonly #clock: Clock;
  #message: ((message: Uint8Array) => void) | undefined;
  #early: Uint8Array[] = [];
  #onClose: ((reason: CloseReason) => void) | undefined;
  #closed: CloseReason | undefined;

  /** @param socket An open one. */
  constructor(socket: StandardSocket, remote: string, tls: boolean, clock: Clock = systemClock) {
    this.intact = tls;
    this.#socket = socket;
    this.remote = remote;
    this.#clock = clock;
    socket.binaryType = 'arraybuffer';
    socket.addEventListener('message', ({ data }) => this.#receive(data));
    socket.addEventListener('close', ({ code, reason }) => this.#ended(reasonOf(code, reason, remote)));
  }

  send(message: Uint8Array, taken?: () => void): void {
    if (this.#closed) return;
    // The socket copies what it is given.
    this.#socket.send(message);
    taken?.();
  }

  async drained(): Promise<void> {
    while (!this.#closed && this.#socket.bufferedAmount > HIGH_WATER) {
      await new Promise<void>((resolve) => this.#clock.setTimeout(resolve, POLL_MS));
    }
  }

  close(reason: CloseReason = { code: 'local', message: 'closed by this side' }): void {
    if (this.#closed) return;
    // A page may close with 1000 or a code of its own only.
    this.#socket.close(reason.code === 'local' || reason.code === 'ok' ? 1000 : 4001);
    this.#ended(reason);
  }

  onMessage(handler: (message: Uint8Array) => void): void {
    this.#message = handler;
    for (const message of this.#early.splice(0)) if (!this.#closed) handler(message);
  }

  onClose(handler: (reason: CloseReason) => void): void {
    this.#onClose = handler;
    if (this.#closed) handler(this.#closed);
  }

  #receive(data: unknown): void {
    if (this.#closed) return;
    if (!(data instanceof ArrayBuffer)) {
      this.close({ code: 'protocol', message: 'a text message came where binary envelopes are expected' });
      return;
    }
    const message = new Uint8Array(data);
    if (this.#message) this.#message(message);
    else this.#early.push(message);
  }

  #ended(reason: CloseReason): void {
    if (this.#closed) return;
    this.#closed = reason;
    this.#onClose?.(reason);
  }
}

/**
 * Connects a page to a coordinator.
 *
 * @param url Such as `wss://host:7071/session`.
 * @param create Makes the socket; the page's own by default.
 * @throws ChannelError `unreachable`: a page is not told why (certificate, port, host)
 */
export async function dialPage(
  url: string,
  create: (url: string) => StandardSocket = (address) => new WebSocket(address) as unknown as StandardSocket,
): Promise<Channel> {
  const socket = create(url);
  const { host } = new URL(url);
  return await new Promise((resolve, reject) => {
    socket.addEventListener('open', () => resolve(new PageChannel(socket, host, url.startsWith('wss:'))));
    socket.addEventListener('error', () => {
      const message = `no connection to ${host}: check address and port, and open https://${host} once to accept its certificate`;
      reject(new ChannelError({ code: 'unreachable', message }));
    });
  });
}

/** Close codes of RFC 6455, 7.4, and those of the coordinator from 4000 on. */
function reasonOf(code: number, reason: string, remote: string): CloseReason {
  const message = reason || `the connection to ${remote} has ended (${code})`;
  switch (code) {
    case 1000:
      return { code: 'ok', message };
    case 1002:
    case 1003:
    case 1007:
      return { code: 'protocol', message };
    case 1008:
      return { code: 'refused', message };
    case 1009:
      return { code: 'too-large', message };
    case 4000:
      return { code: 'silent', message };
    default:
      return { code: 'lost', message };
  }
}
