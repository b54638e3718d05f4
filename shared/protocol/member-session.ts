import type { AssignmentId } from './assignment.ts';
import { Backoff, type BackoffOptions } from './backoff.ts';
import type { Channel, CloseReason } from './channel.ts';
import { type Clock, systemClock, type Timer } from './clock.ts';
import { Downloads } from './downloads.ts';
import { Emitter } from './emitter.ts';
import { ChannelError, ProtocolError } from './errors.ts';
import { type Hasher, portableHasher } from './hasher.ts';
import { DEFAULT_LIMITS, type Limits } from './limits.ts';
import { Link, type SessionMessage } from './link.ts';
import type {
  AssignmentMessage,
  Failure,
  Finished,
  Hello,
  OwnRows,
  RefusalCode,
  UpdateMessage,
  UploadStatus,
  Welcome,
} from './messages.ts';
import { UploadQueue } from './upload-queue.ts';
import { PROTOCOL_VERSION, versionMismatch } from './version.ts';

/** What a member says of itself; the session adds the rest of the Hello. */
export type Introduction = Omit<Hello, 'protocol' | 'resumeToken' | 'window' | 'checksums'> & {
  /** From an earlier process, to be the same member as then. */
  readonly resumeToken?: string;
};

export interface MemberSessionOptions {
  /** Opens a connection. Rejects with ChannelError; `certificate`, `not-tls`, `insecure` and `address` are final. */
  readonly dial: () => Promise<Channel>;
  readonly hello: Introduction | (() => Introduction);
  /** Draws uniformly from [0, 1), for the jitter of reconnecting. */
  readonly random?: () => number;
  readonly clock?: Clock;
  readonly hasher?: Hasher;
  readonly limits?: Limits;
  readonly backoff?: BackoffOptions;
  /** Milliseconds in which the answer to the Hello must come. */
  readonly handshakeMs?: number;
}

/** Why a session will not go on. Beside the coordinator's own words: `certificate` and the like from the transport. */
export interface FinalRefusal {
  readonly code:
    | RefusalCode
    | Extract<CloseReason['code'], 'certificate' | 'not-tls' | 'insecure' | 'address'>;
  readonly message: string;
}

export interface MemberSessionEvents {
  welcome: [welcome: Welcome];
  assign: [assignment: AssignmentMessage];
  cancel: [cancel: { readonly assignment: AssignmentId; readonly reason: string }];
  committed: [version: number];
  finished: [finished: Finished];
  /** Final: the session is closed, and does not try again. */
  refused: [refusal: FinalRefusal];
  /** The connection is lost, or could not be made; the session tries again by itself after so many milliseconds. */
  disconnected: [reason: CloseReason, retryInMs: number];
}

type State =
  /** Not started. */
  | { readonly kind: 'idle' }
  /** A connection is being opened. */
  | { readonly kind: 'dialing' }
  /** Hello is sent, Welcome awaited. */
  | { readonly kind: 'handshake'; readonly link: Link }
  | { readonly kind: 'open'; readonly link: Link; readonly welcome: Welcome }
  /** Until the next try. */
  | { readonly kind: 'waiting' }
  /** Until `resume`. */
  | { readonly kind: 'paused' }
  | { readonly kind: 'closed' };

/** The member's end: keeps itself connected to the coordinator, and resumes transfers over each new connection. */
export class MemberSession extends Emitter<MemberSessionEvents> {
  readonly #options: MemberSessionOptions;
  readonly #clock: Clock;
  readonly #limits: Limits;
  readonly #backoff: Backoff;
  readonly #downloads: Downloads;
  readonly #uploads: UploadQueue;
  #state: State = { kind: 'idle' };
  #timer: Timer;
  #resumeToken: string | undefined;
  #clockOffset = 0;
  #roundTripMs: number | undefined;
  /** Counts the tries: one that was overtaken by a pause is void. */
  #tries = 0;

  constructor(options: MemberSessionOptions) {
    super();
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#limits = options.limits ?? DEFAULT_LIMITS;
    this.#backoff = new Backoff(options.random ?? Math.random, options.backoff);
    const hasher = options.hasher ?? portableHasher;
    this.#downloads = new Downloads(hasher, this.#limits);
    this.#uploads = new UploadQueue(hasher, options.random ?? Math.random);
  }

  /** Connects, and keeps connected until `close` or a refusal. */
  start(): void {
    if (this.#state.kind !== 'idle')
      throw new Error(`the session was started before. Current state: ${this.#state.kind}`);
    void this.#dial();
  }

  get state(): State['kind'] {
    return this.#state.kind;
  }

  /** Milliseconds since the epoch by the coordinator's clock, to compare deadlines with. */
  serverNow(): number {
    return this.#clock.now() + this.#clockOffset;
  }

  /** Of the last heartbeat; undefined before the first. */
  get roundTripMs(): number | undefined {
    return this.#roundTripMs;
  }

  /**
   * The bytes with this SHA-256, from the coordinator or from what it has pushed. They are the caller's, at offset 0 of
   * their own memory. Goes on over a new connection when one breaks.
   *
   * @throws TransferError `unavailable`, `corrupt`, `too-large`
   * @throws ChannelError when the session is closed
   */
  fetch(id: string, most?: number): Promise<Uint8Array> {
    if (this.#state.kind === 'closed') return Promise.reject(closedError());
    return this.#downloads.fetch(id, most);
  }

  /** Bytes that a version of the weights takes at most, once the model is known: more is refused before memory is taken. */
  expectVectors(bytes: number): void {
    this.#downloads.expectVectors(bytes);
  }

  /**
   * Hands in an update, over as many connections as it takes.
   *
   * @param payload The sections' bytes, one behind the other. Must not change before the promise settles.
   * @returns What the coordinator made of it.
   * @throws TransferError when it arrives damaged again and again
   * @throws ChannelError when the session is closed
   */
  async upload(update: UpdateMessage, payload: Uint8Array): Promise<UploadStatus> {
    if (this.#state.kind === 'closed') throw closedError();
    return await this.#uploads.add(update, payload);
  }

  /** The assignment cannot be done; dropped when there is no connection: the coordinator gives it to another then. */
  fail({ assignment, incarnation, reason }: Failure): void {
    const text = reason.slice(0, this.#limits.textLength);
    this.#link()?.send({ type: 'failed', assignment, incarnation, reason: text });
  }

  /** Asks to be given nothing more. The session stays open, for what is still to be handed in. */
  leave(reason = ''): void {
    this.#link()?.send({ type: 'leaving', reason });
  }

  /**
   * Says that it has read its own rows and takes part. To be said again after every Welcome.
   *
   * @param assignments that it still works on, or whose updates it still holds
   */
  ready(rows: OwnRows, assignments: readonly AssignmentId[]): void {
    this.#link()?.send({ type: 'ready', ...rows, assignments });
  }

  /** Gives up the connection, but not its place: with `resume` it is the same member, and transfers go on where they were. */
  pause(): void {
    const state = this.#state;
    if (state.kind === 'idle' || state.kind === 'paused' || state.kind === 'closed') return;
    this.#clock.clearTimeout(this.#timer);
    this.#state = { kind: 'paused' };
    if (state.kind !== 'handshake' && state.kind !== 'open') return;
    state.link.close({ code: 'local', message: 'the member paused' });
    this.#downloads.disconnected();
    this.#uploads.disconnected();
  }

  resume(): void {
    if (this.#state.kind === 'paused') void this.#dial();
  }

  close(): void {
    this.#end(closedError());
  }

  #link(): Link | undefined {
    return this.#state.kind === 'open' ? this.#state.link : undefined;
  }

  async #dial(): Promise<void> {
    this.#state = { kind: 'dialing' };
    const attempt = ++this.#tries;
    const isCurrent = (): boolean => this.state === 'dialing' && attempt === this.#tries;
    let channel: Channel;
    try {
      channel = await this.#options.dial();
    } catch (error) {
      if (!isCurrent()) return;
      if (!(error instanceof ChannelError)) return this.#retry({ code: 'lost', message: String(error) });
      if (isFinal(error.reason.code)) return this.#refused({ ...error.reason, code: error.reason.code });
      return this.#retry(error.reason);
    }
    if (!isCurrent()) {
      channel.close();
      return;
    }
    const link: Link = new Link(channel, {
      clock: this.#clock,
      limits: this.#limits,
      message: (message) => this.#message(message),
      violated: (error) =>
        link.close({ code: 'protocol', message: `the coordinator broke the protocol: ${error.message}` }),
      closed: (reason) => this.#lost(link, reason),
    });
    if (link.closed)
      return this.#retry({ code: 'lost', message: `${channel.remote} closed the connection at once` });
    this.#state = { kind: 'handshake', link };
    const ms = this.#options.handshakeMs ?? 10_000;
    this.#timer = this.#clock.setTimeout(() => {
      link.close({ code: 'silent', message: `${link.remote} did not answer within ${ms / 1000} s` });
    }, ms);
    const { hello } = this.#options;
    const introduction = typeof hello === 'function' ? hello() : hello;
    link.send({
      type: 'hello',
      ...introduction,
      protocol: PROTOCOL_VERSION,
      resumeToken: this.#resumeToken ?? introduction.resumeToken ?? '',
      window: this.#limits.windowBytes,
      checksums: link.needsChecksums,
    });
  }

  #message(message: SessionMessage): void {
    if (message.type === 'refuse') {
      const protocol = message.protocol;
      const both = message.code === 'version' && !message.message;
      const text = both ? versionMismatch(protocol, PROTOCOL_VERSION) : message.message;
      return this.#refused({ code: message.code, message: text });
    }
    if (this.#state.kind === 'handshake') return this.#welcomed(message, this.#state.link);
    switch (message.type) {
      case 'heartbeat-ack':
        this.#roundTripMs = this.#clock.now() - message.sent;
        // Cristian's algorithm (1989): the server's clock was read half-way.
        this.#clockOffset = message.now + this.#roundTripMs / 2 - this.#clock.now();
        return;
      case 'offer':
        if (message.content.kind !== 'blob') throw new ProtocolError('a coordinator may offer blobs only');
        return this.#downloads.offered(message.transfer, message.size, message.content);
      case 'unavailable':
        return this.#downloads.unavailable(message.id, message.message);
      case 'acknowledge':
        return this.#uploads.acknowledged(message);
      case 'assign': {
        const { type: _, ...assignment } = message;
        this.emit('assign', assignment);
        return;
      }
      case 'cancel':
        this.emit('cancel', { assignment: message.assignment, reason: message.reason });
        return;
      case 'committed':
        this.emit('committed', message.version);
        return;
      case 'finished': {
        const { type: _, ...finished } = message;
        this.emit('finished', finished);
        return;
      }
      default:
        throw new ProtocolError(`a coordinator may not send '${message.type}' at this point`);
    }
  }

  #welcomed(message: SessionMessage, link: Link): void {
    if (message.type !== 'welcome') {
      throw new ProtocolError(`the answer to Hello must be Welcome or Refuse, not '${message.type}'`);
    }
    const { type: _, protocol, now, ...welcome } = message;
    if (protocol !== PROTOCOL_VERSION) {
      return this.#refused({ code: 'version', message: versionMismatch(protocol, PROTOCOL_VERSION) });
    }
    this.#clock.clearTimeout(this.#timer);
    this.#clockOffset = now - this.#clock.now();
    this.#backoff.reset();
    this.#resumeToken = welcome.resumeToken || undefined;
    link.outbox.peerNeedsChecksums(welcome.checksums);
    this.#state = { kind: 'open', link, welcome };
    link.watch(welcome.heartbeatMs, () => link.send({ type: 'heartbeat', sent: this.#clock.now() }));
    this.emit('welcome', welcome);
    // A handler may have closed the session.
    if (link.closed) return;
    this.#downloads.connected(link);
    this.#uploads.connected(link, welcome);
  }

  #lost(link: Link, reason: CloseReason): void {
    const state = this.#state;
    if ((state.kind !== 'handshake' && state.kind !== 'open') || state.link !== link) return;
    this.#downloads.disconnected();
    this.#uploads.disconnected();
    if (isFinal(reason.code)) return this.#refused({ ...reason, code: reason.code });
    this.#retry(reason);
  }

  #retry(reason: CloseReason): void {
    this.#clock.clearTimeout(this.#timer);
    this.#state = { kind: 'waiting' };
    const wait = this.#backoff.next();
    this.#timer = this.#clock.setTimeout(() => void this.#dial(), wait);
    this.emit('disconnected', reason, wait);
  }

  #refused(refusal: FinalRefusal): void {
    if (this.#state.kind === 'closed') return;
    this.#end(new ChannelError({ code: 'refused', message: refusal.message }));
    this.emit('refused', refusal);
  }

  #end(error: ChannelError): void {
    const state = this.#state;
    this.#state = { kind: 'closed' };
    this.#clock.clearTimeout(this.#timer);
    if (state.kind === 'handshake' || state.kind === 'open') {
      state.link.close({ code: 'local', message: 'the member closed the connection' });
    }
    this.#downloads.close(error);
    this.#uploads.close(error);
  }
}

/** Whether this side found why it cannot join, before the coordinator was asked: another certificate than it was told, no TLS. */
export function isFoundHere({ code }: Pick<FinalRefusal, 'code'>): boolean {
  return isFinal(code as CloseReason['code']);
}

type FinalCode = Exclude<FinalRefusal['code'], RefusalCode>;

/** Trying again cannot help with these. */
function isFinal(code: CloseReason['code']): code is FinalCode {
  return code === 'certificate' || code === 'not-tls' || code === 'insecure' || code === 'address';
}

function closedError(): ChannelError {
  return new ChannelError({ code: 'local', message: 'the session is closed' });
}
