import type { Pieces } from '../parameters/pieces.ts';
import type { Channel, CloseReason } from './channel.ts';
import type { Clock, Timer } from './clock.ts';
import { type Decoded, Decoder } from './decode.ts';
import { encodeMessage } from './encode.ts';
import { ProtocolError } from './errors.ts';
import { Inbox } from './inbox.ts';
import type { Limits } from './limits.ts';
import type { Message } from './messages.ts';
import { Outbox } from './outbox.ts';

/** Messages sent since the transport last wanted more: above it the peer does not read, and its link is closed. */
const MAX_UNREAD = 4096;

/** A peer from which nothing is heard for so many intervals is lost. */
const SILENT_INTERVALS = 3;

type TransferMessage = Extract<
  NonNullable<Decoded>,
  { type: 'accept' | 'chunk' | 'credit' | 'done' | 'abort' }
>;

/** What a session sees of the messages: transfers' own traffic is the link's business. */
export type SessionMessage = Exclude<NonNullable<Decoded>, TransferMessage>;

export interface LinkOptions {
  readonly clock: Clock;
  readonly limits: Limits;
  readonly message: (message: SessionMessage) => void;
  /** The peer broke the protocol; the session says so to it, then closes. */
  readonly violated: (error: ProtocolError) => void;
  readonly closed: (reason: CloseReason) => void;
}

/** One connection: decodes and checks what comes, runs the transfers, watches that the peer is alive. */
export class Link {
  readonly outbox: Outbox;
  readonly inbox: Inbox;
  readonly #channel: Channel;
  readonly #options: LinkOptions;
  readonly #decoder: Decoder;
  #unread = 0;
  #draining = false;
  #closed = false;
  #watch: Timer;
  #silentFor = 0;
  #beat: (() => void) | undefined;

  constructor(channel: Channel, options: LinkOptions) {
    this.#channel = channel;
    this.#options = options;
    this.#decoder = new Decoder(options.limits);
    this.outbox = new Outbox(channel);
    this.inbox = new Inbox((message) => this.send(message), options.limits.windowBytes, channel.intact);
    channel.onClose((reason) => this.#ended(reason));
    channel.onMessage((bytes) => this.#receive(bytes));
  }

  get remote(): string {
    return this.#channel.remote;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** This end's transport does not check what arrives. */
  get needsChecksums(): boolean {
    return !this.#channel.intact;
  }

  /** What came over this link, or another of the same transport, is no more read. */
  release(pieces: Pieces): void {
    for (const piece of pieces) this.#channel.release?.(piece);
  }

  send(message: Message): void {
    if (this.#closed) return;
    this.#unread += 1;
    if (this.#unread > MAX_UNREAD) {
      this.close({
        code: 'lost',
        message: `${this.remote} has stopped reading: ${MAX_UNREAD} messages wait for it`,
      });
      return;
    }
    this.#channel.send(encodeMessage(message));
    if (this.#draining) return;
    this.#draining = true;
    void this.#channel.drained().then(() => {
      this.#draining = false;
      this.#unread = 0;
    });
  }

  /**
   * Watches from now on that the peer says something in every interval.
   *
   * @param beat Called once per interval; the member's side sends its heartbeat there.
   */
  watch(intervalMs: number, beat?: () => void): void {
    this.#beat = beat;
    this.#options.clock.clearTimeout(this.#watch);
    this.#schedule(intervalMs);
  }

  close(reason: CloseReason): void {
    if (this.#closed) return;
    this.#channel.close(reason);
    // A channel may report its end later, when what was sent is flushed: for this link it is over now.
    this.#ended(reason);
  }

  #schedule(intervalMs: number): void {
    this.#watch = this.#options.clock.setTimeout(() => {
      // Intervals that were watched are counted, not time that passed: after a pause of this process (a long
      // computation, SIGSTOP) the messages that wait in the socket are read before the peer is given up.
      this.#silentFor += 1;
      if (this.#silentFor > SILENT_INTERVALS) {
        const seconds = (SILENT_INTERVALS * intervalMs) / 1000;
        this.close({ code: 'silent', message: `nothing was heard from ${this.remote} for ${seconds} s` });
        return;
      }
      this.#beat?.();
      this.#schedule(intervalMs);
    }, intervalMs);
  }

  #receive(bytes: Uint8Array): void {
    if (this.#closed) return;
    this.#silentFor = 0;
    try {
      const message = this.#decoder.decode(bytes);
      if (message !== undefined) this.#dispatch(message);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#options.violated(error);
    }
  }

  #dispatch(message: NonNullable<Decoded>): void {
    switch (message.type) {
      case 'chunk':
        return this.inbox.chunk(message);
      case 'accept':
        return this.outbox.accept(message.transfer, message.offset, message.limit);
      case 'credit':
        return this.outbox.credit(message.transfer, message.limit);
      case 'done':
        return this.outbox.done(message.transfer, message.status, message.message);
      case 'abort':
        return this.inbox.abort(message.transfer, message.message);
      default:
        return this.#options.message(message);
    }
  }

  #ended(reason: CloseReason): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#options.clock.clearTimeout(this.#watch);
    this.outbox.close();
    this.#options.closed(reason);
  }
}
