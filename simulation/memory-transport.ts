import type { Channel, CloseReason, Listener } from '../shared/protocol/channel.ts';
import type { Clock } from '../shared/protocol/clock.ts';
import { ChannelError } from '../shared/protocol/errors.ts';

/** Which way a message goes: to the coordinator, or to the member. */
export type Direction = 'up' | 'down';

/** What the network does with a message: deliver these instead (none, changed, repeated), or break the connection. */
export type Fate = readonly Uint8Array[] | 'break';

export interface MemoryOptions {
  /** Milliseconds until a message arrives; asked for each. Order is kept whatever it says. */
  readonly delay?: () => number;
  /** Bytes per millisecond in each direction; undefined: no limit. */
  readonly bandwidth?: number;
  /** Bytes under way above which `drained` waits; Infinity for a transport without back-pressure. */
  readonly highWater?: number;
  /** As over TLS: chunks then carry no checksums. Default false. */
  readonly intact?: boolean;
  /** Decides on every message as it is sent; `index` counts those of its direction and connection from 0. */
  readonly intercept?: (message: Uint8Array, direction: Direction, index: number) => Fate;
}

/** One end of a connection in memory. */
export class MemoryChannel implements Channel {
  readonly remote: string;
  readonly intact: boolean;
  readonly #clock: Clock;
  readonly #direction: Direction;
  readonly #options: MemoryOptions;
  #peer!: MemoryChannel;
  #message: ((message: Uint8Array) => void) | undefined;
  #onClose: ((reason: CloseReason) => void) | undefined;
  #closed: CloseReason | undefined;
  readonly #inbox: Uint8Array[] = [];
  #endOfInbox: CloseReason | undefined;
  #paused = false;
  #sent = 0;
  #underWay = 0;
  #lastArrival = 0;
  #waiting: (() => void)[] = [];

  private constructor(remote: string, clock: Clock, direction: Direction, options: MemoryOptions) {
    this.remote = remote;
    this.intact = options.intact ?? false;
    this.#clock = clock;
    this.#direction = direction;
    this.#options = options;
  }

  /** A connection's two ends. */
  static pair(
    clock: Clock,
    options: MemoryOptions = {},
    names = { member: 'memory:member', coordinator: 'memory:coordinator' },
  ): { member: MemoryChannel; coordinator: MemoryChannel } {
    const member = new MemoryChannel(names.coordinator, clock, 'up', options);
    const coordinator = new MemoryChannel(names.member, clock, 'down', options);
    member.#peer = coordinator;
    coordinator.#peer = member;
    return { member, coordinator };
  }

  /** Bytes that this end has sent and the other has not read. */
  get underWay(): number {
    return this.#underWay;
  }

  send(message: Uint8Array): void {
    if (this.#closed) return;
    const index = this.#sent++;
    const fate = this.#options.intercept?.(message, this.#direction, index) ?? [message];
    if (fate === 'break') {
      this.break();
      return;
    }
    for (const bytes of fate) {
      this.#underWay += bytes.length;
      this.#later(bytes.length, () => this.#peer.#arrived(bytes));
    }
  }

  drained(): Promise<void> {
    if (this.#closed || this.#underWay <= (this.#options.highWater ?? 512 << 10)) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  close(reason: CloseReason = { code: 'local', message: 'closed by this side' }): void {
    if (this.#closed) return;
    const seen: CloseReason = { code: reason.code === 'local' ? 'ok' : reason.code, message: reason.message };
    this.#later(0, () => this.#peer.#arrivedEnd(seen));
    this.#end(reason);
  }

  /** Breaks the connection: what is under way is lost, both ends learn of it. */
  break(message = 'the connection broke'): void {
    for (const end of [this, this.#peer]) {
      end.#inbox.length = 0;
      end.#end({ code: 'lost', message });
    }
  }

  /** Stops reading, as a busy peer does. */
  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#read();
  }

  onMessage(handler: (message: Uint8Array) => void): void {
    this.#message = handler;
    this.#read();
  }

  onClose(handler: (reason: CloseReason) => void): void {
    this.#onClose = handler;
    if (this.#closed) handler(this.#closed);
  }

  /** Runs something when what is sent now arrives, after all that was sent before. */
  #later(bytes: number, run: () => void): void {
    const { delay, bandwidth } = this.#options;
    const now = this.#clock.now();
    const transmission = bandwidth === undefined ? 0 : bytes / bandwidth;
    this.#lastArrival = Math.max(this.#lastArrival, now + (delay?.() ?? 0)) + transmission;
    this.#clock.setTimeout(run, this.#lastArrival - now);
  }

  #arrived(bytes: Uint8Array): void {
    if (this.#closed) return;
    this.#inbox.push(bytes);
    this.#read();
  }

  #arrivedEnd(reason: CloseReason): void {
    if (this.#closed) return;
    this.#endOfInbox = reason;
    this.#read();
  }

  #read(): void {
    while (!this.#paused && this.#message && !this.#closed) {
      const bytes = this.#inbox.shift();
      if (bytes === undefined) break;
      this.#peer.#taken(bytes.length);
      this.#message(bytes);
    }
    if (this.#endOfInbox && this.#inbox.length === 0) this.#end(this.#endOfInbox);
  }

  #taken(bytes: number): void {
    this.#underWay -= bytes;
    if (this.#underWay > (this.#options.highWater ?? 512 << 10)) return;
    this.#release();
  }

  #release(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }

  #end(reason: CloseReason): void {
    if (this.#closed) return;
    this.#closed = reason;
    this.#release();
    this.#onClose?.(reason);
  }
}

/** A coordinator's address in memory, which members dial, and whose network can fail. */
export class MemoryNetwork {
  readonly #clock: Clock;
  readonly #options: MemoryOptions;
  #accept: ((channel: MemoryChannel) => void) | undefined;
  readonly #open = new Set<MemoryChannel>();
  #connections = 0;

  constructor(clock: Clock, options: MemoryOptions = {}) {
    this.#clock = clock;
    this.#options = options;
  }

  /** Connections that were made so far. */
  get connections(): number {
    return this.#connections;
  }

  /** The coordinator's ends of the connections, also of those that have ended since. */
  get open(): readonly MemoryChannel[] {
    return [...this.#open];
  }

  listen(accept: (channel: MemoryChannel) => void): Listener {
    this.#accept = accept;
    return {
      address: 'memory',
      close: async () => {
        this.#accept = undefined;
        this.breakAll('the coordinator has gone');
      },
    };
  }

  /** @throws ChannelError `unreachable` while nobody listens */
  async dial(options: MemoryOptions = {}): Promise<MemoryChannel> {
    const accept = this.#accept;
    if (accept === undefined) {
      throw new ChannelError({
        code: 'unreachable',
        message: 'nobody listens in memory: start the coordinator',
      });
    }
    this.#connections += 1;
    const { member, coordinator } = MemoryChannel.pair(this.#clock, { ...this.#options, ...options });
    this.#open.add(coordinator);
    accept(coordinator);
    return member;
  }

  breakAll(message = 'the connection broke'): void {
    for (const channel of this.#open) channel.break(message);
    this.#open.clear();
  }
}
