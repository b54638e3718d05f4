import type { AssignmentId } from './assignment.ts';
import type { Channel, CloseReason } from './channel.ts';
import { ChunkCache } from './chunked-bytes.ts';
import { type Clock, systemClock, type Timer } from './clock.ts';
import { Emitter } from './emitter.ts';
import { ProtocolError } from './errors.ts';
import { type Hasher, portableHasher } from './hasher.ts';
import { DEFAULT_LIMITS, type Limits } from './limits.ts';
import { Link, type SessionMessage } from './link.ts';
import type {
  AssignmentMessage,
  Failure,
  Finished,
  FinishedReason,
  Hello,
  Message,
  OwnRows,
  Refusal,
  RefusalCode,
  Welcome,
} from './messages.ts';
import { UpdateOffer } from './update-offer.ts';
import { UploadStore } from './uploads.ts';
import { PROTOCOL_VERSION, versionMismatch } from './version.ts';

export interface ServerSessionOptions {
  /** Whether a member may join; compare with `sameToken`. */
  readonly authenticate: (token: string) => boolean;
  /** Takes a member, or says why not. */
  readonly welcome: (hello: Hello) => Decision | Promise<Decision>;
  /** The bytes with this SHA-256; they must not change while members fetch them. */
  readonly blob: (id: string) => Uint8Array | undefined | Promise<Uint8Array | undefined>;
  /** Share one among the sessions of a run: uploads then resume over a new connection. */
  readonly uploads?: UploadStore;
  /** Share one among the sessions of a run: a blob's checksums are then computed once for all members. */
  readonly chunks?: ChunkCache;
  readonly clock?: Clock;
  readonly hasher?: Hasher;
  readonly limits?: Limits;
  /** Milliseconds in which a Hello must come. */
  readonly handshakeMs?: number;
}

/** What the coordinator says of its run, or why it does not take the member. */
type Decision = Omit<Welcome, 'checksums'> | Refusal;

type State =
  /** Waiting for Hello, or for the coordinator to decide on it. */
  | { readonly kind: 'handshake'; deciding: boolean }
  /** The member has joined. */
  | { readonly kind: 'open'; readonly hello: Hello; readonly welcome: Welcome }
  | { readonly kind: 'closed'; readonly reason: CloseReason };

export interface ServerSessionEvents {
  joined: [hello: Hello, welcome: Welcome];
  update: [offer: UpdateOffer];
  failed: [failure: Failure];
  leaving: [reason: string];
  ready: [rows: OwnRows, assignments: readonly AssignmentId[]];
  closed: [reason: CloseReason];
}

/** The coordinator's end of one connection. Nothing that a peer sends makes it throw: a bad one is closed with a message. */
export class ServerSession extends Emitter<ServerSessionEvents> {
  readonly #link: Link;
  readonly #options: ServerSessionOptions;
  readonly #clock: Clock;
  readonly #limits: Limits;
  readonly #hasher: Hasher;
  readonly #uploads: UploadStore;
  readonly #chunks: ChunkCache;
  #state: State = { kind: 'handshake', deciding: false };
  #handshake: Timer;
  /** Blobs on their way, by id: asked for, pushed, or sent and not confirmed. */
  readonly #sending = new Set<string>();
  /** Blobs to send when others are through: id to offset. */
  readonly #waiting = new Map<string, number>();
  readonly #offers = new Map<number, UpdateOffer>();

  constructor(channel: Channel, options: ServerSessionOptions) {
    super();
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#limits = options.limits ?? DEFAULT_LIMITS;
    this.#hasher = options.hasher ?? portableHasher;
    this.#uploads = options.uploads ?? new UploadStore();
    this.#chunks = options.chunks ?? new ChunkCache();
    this.#handshake = this.#clock.setTimeout(() => {
      this.refuse('invalid', 'no Hello came in time');
    }, options.handshakeMs ?? 10_000);
    this.#link = new Link(channel, {
      clock: this.#clock,
      limits: this.#limits,
      message: (message) => this.#message(message),
      violated: (error) => this.refuse('invalid', error.message, 'protocol'),
      closed: (reason) => this.#ended(reason),
    });
  }

  get remote(): string {
    return this.#link.remote;
  }

  /** The member's id, once it has joined. */
  get member(): string | undefined {
    return this.#state.kind === 'open' ? this.#state.welcome.member : undefined;
  }

  /** How the member introduced itself, once it has joined. */
  get hello(): Hello | undefined {
    return this.#state.kind === 'open' ? this.#state.hello : undefined;
  }

  assign(message: Omit<AssignmentMessage, 'incarnation'>): void {
    const welcome = this.#joined('assign');
    if (welcome) this.#link.send({ type: 'assign', ...message, incarnation: welcome.incarnation });
  }

  /** Starts to send a blob that the member will want, such as an assignment's weights: it saves asking for it. */
  push(id: string): void {
    if (this.#joined('push')) this.#wanted(id, 0);
  }

  cancel(assignment: AssignmentId, reason: string): void {
    this.#link.send({ type: 'cancel', assignment, reason });
  }

  committed(version: number): void {
    this.#link.send({ type: 'committed', version });
  }

  finished(reason: FinishedReason, message = '', weights?: Finished['weights']): void {
    this.#link.send({ type: 'finished', reason, message, ...(weights && { weights }) });
  }

  /** Tells the member why it may not go on, and closes. It will not come back by itself. */
  refuse(code: RefusalCode, message: string, closeCode: CloseReason['code'] = 'refused'): void {
    const text = message.slice(0, this.#limits.textLength);
    this.#link.send({ type: 'refuse', code, message: text, protocol: PROTOCOL_VERSION });
    this.#link.close({ code: closeCode, message: text });
  }

  close(reason: CloseReason = { code: 'ok', message: 'the coordinator closed the connection' }): void {
    this.#link.close(reason);
  }

  /** Undefined once closed: that is no mistake of the caller's, what it sends goes nowhere. */
  #joined(what: string): Welcome | undefined {
    if (this.#state.kind === 'handshake') {
      throw new Error(`cannot ${what} before the member has joined. Current state: ${this.#state.kind}`);
    }
    return this.#state.kind === 'open' ? this.#state.welcome : undefined;
  }

  #message(message: SessionMessage): void {
    if (this.#state.kind === 'handshake') {
      void this.#greet(message, this.#state);
      return;
    }
    switch (message.type) {
      case 'heartbeat':
        return this.#link.send({ type: 'heartbeat-ack', sent: message.sent, now: this.#clock.now() });
      case 'want':
        return this.#wanted(message.id, message.offset);
      case 'offer':
        return this.#offered(message);
      case 'failed':
        this.emit('failed', {
          assignment: message.assignment,
          incarnation: message.incarnation,
          reason: message.reason,
        });
        return;
      case 'leaving':
        this.emit('leaving', message.reason);
        return;
      case 'ready':
        this.emit('ready', { examples: message.examples, heldOut: message.heldOut }, message.assignments);
        return;
      default:
        throw new ProtocolError(`a member may not send '${message.type}' at this point`);
    }
  }

  async #greet(message: SessionMessage, state: Extract<State, { kind: 'handshake' }>): Promise<void> {
    if (message.type === 'foreign-hello') {
      return this.refuse('version', versionMismatch(PROTOCOL_VERSION, message.protocol));
    }
    if (message.type !== 'hello' || state.deciding) {
      return this.refuse('invalid', `the first message must be one Hello, not '${message.type}'`, 'protocol');
    }
    state.deciding = true;
    const { type: _, ...hello } = message;
    if (!this.#options.authenticate(hello.token)) {
      return this.refuse(
        'token',
        'the token is not this run’s: copy the join command that the coordinator printed',
      );
    }
    let answer: Decision;
    try {
      answer = await this.#options.welcome(hello);
    } catch (error) {
      return this.close({
        code: 'local',
        message: `the coordinator could not take the member: ${(error as Error).message}`,
      });
    }
    if (this.#state !== state) return;
    if ('code' in answer) return this.refuse(answer.code, answer.message);
    this.#clock.clearTimeout(this.#handshake);
    const welcome = { ...answer, checksums: this.#link.needsChecksums };
    this.#state = { kind: 'open', hello, welcome };
    this.#link.outbox.peerNeedsChecksums(hello.checksums);
    this.#link.send({ type: 'welcome', protocol: PROTOCOL_VERSION, now: this.#clock.now(), ...welcome });
    this.#link.watch(answer.heartbeatMs);
    this.emit('joined', hello, welcome);
  }

  #wanted(id: string, offset: number): void {
    if (this.#sending.has(id) || this.#waiting.has(id)) return;
    if (this.#sending.size < this.#limits.transfers) {
      void this.#sendBlob(id, offset);
      return;
    }
    if (this.#waiting.size >= this.#limits.entries) {
      throw new ProtocolError(`more than ${this.#limits.entries} blobs are wanted at once`);
    }
    this.#waiting.set(id, offset);
  }

  async #sendBlob(id: string, offset: number): Promise<void> {
    if (this.#state.kind !== 'open') return;
    this.#sending.add(id);
    const { hello, welcome } = this.#state;
    let bytes: Uint8Array | undefined;
    let problem = 'the coordinator has no such blob';
    try {
      const found = this.#options.blob(id);
      // Without a promise the offer goes out at once: before the assignment that follows a push.
      bytes = found instanceof Promise ? await found : found;
    } catch (error) {
      problem = `the coordinator could not read it: ${(error as Error).message}`;
    }
    if (this.#link.closed) return;
    if (bytes === undefined || offset > bytes.length) {
      this.#link.send({ type: 'unavailable', id, message: problem.slice(0, this.#limits.textLength) });
      return this.#sent(id);
    }
    const chunked = this.#chunks.get(bytes, welcome.chunkBytes, this.#hasher);
    const content = { kind: 'blob', id, offset } as const;
    this.#link.outbox.offer(content, chunked, offset, hello.window, () => this.#sent(id));
  }

  #sent(id: string): void {
    this.#sending.delete(id);
    const [next] = this.#waiting;
    if (next === undefined) return;
    this.#waiting.delete(next[0]);
    void this.#sendBlob(...next);
  }

  #offered({ transfer, size, content }: Extract<Message, { type: 'offer' }>): void {
    if (this.#state.kind !== 'open') return;
    if (content.kind !== 'update') throw new ProtocolError('a member may offer updates only');
    const { member, run, incarnation } = this.#state.welcome;
    const reply = (status: Parameters<UpdateOffer['acknowledge']>[0], message: string): void => {
      this.#offers.delete(transfer);
      const { assignment } = content;
      this.#link.send({
        type: 'acknowledge',
        run: content.run,
        incarnation: content.incarnation,
        assignment,
        status,
        message: message.slice(0, this.#limits.textLength),
      });
    };
    if (content.run !== run || content.incarnation !== incarnation) {
      return reply(
        'unknown',
        `the assignment was given by start ${content.incarnation} of the coordinator, this is ${incarnation}`,
      );
    }
    if (size > this.#limits.transferBytes) {
      return reply(
        'refused',
        `an update of ${size} bytes is above the limit of ${this.#limits.transferBytes}`,
      );
    }
    if (this.#offers.has(transfer) || this.#offers.size >= this.#limits.transfers) {
      throw new ProtocolError(
        `more than ${this.#limits.transfers} updates at once, or transfer ${transfer} twice`,
      );
    }
    const entry = this.#uploads.open(member, content, size);
    entry.detach?.();
    entry.reply = reply;
    if (entry.state.kind === 'acknowledged') return reply(entry.state.status, entry.state.message);
    if (entry.state.kind === 'complete') {
      // It is with the coordinator; the member need send nothing, and is told as soon as it is decided.
      return this.#link.send({ type: 'done', transfer, status: 'ok', message: '' });
    }
    const offer = new UpdateOffer(member, content, {
      link: this.#link,
      transfer,
      entry,
      store: this.#uploads,
      hasher: this.#hasher,
      over: () => this.#offers.delete(transfer),
    });
    this.#offers.set(transfer, offer);
    entry.detach = () =>
      offer.abandon(`the upload for ${content.assignment} goes on over another connection`);
    this.emit('update', offer);
    offer.passedOn();
  }

  #ended(reason: CloseReason): void {
    this.#clock.clearTimeout(this.#handshake);
    this.#state = { kind: 'closed', reason };
    for (const offer of [...this.#offers.values()]) {
      offer.abandon(`member ${offer.member} has gone: ${reason.message}`);
    }
    this.#uploads.trim();
    this.emit('closed', reason);
  }
}
