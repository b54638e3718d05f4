import { nodeHasher } from '../node/hasher.ts';
import type { MemoryJob } from '../shared/job/job.ts';
import type { UpdateCodec } from '../shared/parameters/codecs/update-codec.ts';
import { type UsedPrecision, usedPrecision } from '../shared/programs/precision.ts';
import type { BlobId } from '../shared/protocol/blob-id.ts';
import type { Channel, CloseReason } from '../shared/protocol/channel.ts';
import { ChunkCache } from '../shared/protocol/chunked-bytes.ts';
import type { Clock } from '../shared/protocol/clock.ts';
import { type CountedChannel, counted } from '../shared/protocol/counted-channel.ts';
import type { Hello, OwnRows, Welcome } from '../shared/protocol/messages.ts';
import { ServerSession } from '../shared/protocol/server-session.ts';
import { sameToken } from '../shared/protocol/tokens.ts';
import type { UpdateOffer } from '../shared/protocol/update-offer.ts';
import { UploadStore } from '../shared/protocol/uploads.ts';
import { command } from '../shared/text/command.ts';
import { Holding, type Sent } from './holding.ts';
import type { AssignmentId, MemberDescription, MemberId } from './rounds/types.ts';
import type { MemberIdentities } from './run/identity.ts';

export interface MemberHandlers {
  /** @param holds assignments that it still works on */
  joined(member: MemberDescription, holds: readonly AssignmentId[]): void;
  left(member: MemberId, reason: string): void;
  /** A connection ended before anybody had joined over it: a wrong token, another version, no member at all, or it left. */
  stranger(remote: string, reason: CloseReason): void;
  leaving(member: MemberId): void;
  failed(member: MemberId, assignment: AssignmentId, reason: string): void;
}

/** The members' sessions by member id. A member that reconnects takes its old session's place. */
export class Connections {
  private readonly sessions = new Map<MemberId, ServerSession>();
  private readonly channels = new Set<CountedChannel>();
  private readonly participants = new Set<ServerSession>();
  private allGone: (() => void) | undefined;
  private readonly pushed = new WeakMap<ServerSession, readonly string[]>();
  private readonly holdings = new WeakMap<ServerSession, Holding>();
  /** Of connections that have ended. */
  private readonly past = { sent: 0, received: 0 };
  /** Shared by all sessions: uploads resume over a new connection, and weights are checksummed once for all. */
  private readonly uploads = new UploadStore();
  private readonly chunks = new ChunkCache();

  constructor(
    private readonly options: {
      readonly token: string;
      readonly clock: Clock;
      readonly identities: MemberIdentities;
      readonly welcome: Omit<Welcome, 'member' | 'resumeToken' | 'checksums' | 'blobs'>;
      /** Hashes by name: computed for the first member. */
      readonly blobs: () => Welcome['blobs'];
      /** At once, so that what is pushed is announced before the assignment that wants it. */
      readonly blob: (id: BlobId) => Uint8Array | undefined;
      /** Members train on rows of their own; they may be given work when they have read them. */
      readonly federated: boolean;
      /** What the job asks members to train in. */
      readonly precision: MemoryJob['precision'];
      /** Why a member that introduces itself so cannot take part. */
      readonly misfit: (hello: Hello) => string | undefined;
      /** What to say to those who come when the run is over; undefined while it is not. */
      readonly over: () => string | undefined;
      readonly handlers: MemberHandlers;
      /** An update was announced. */
      readonly offered: (member: MemberId, offer: UpdateOffer) => void;
    },
  ) {}

  get size(): number {
    return this.sessions.size;
  }

  get(member: MemberId): ServerSession | undefined {
    return this.sessions.get(member);
  }

  /** What the member can encode and decode, as it said when it joined. */
  codecs(member: MemberId): readonly UpdateCodec[] {
    return this.sessions.get(member)?.hello?.capabilities.codecs ?? [];
  }

  /** What the member keeps of the weights that it was sent; undefined when it is not connected. */
  holding(member: MemberId): Holding | undefined {
    const session = this.sessions.get(member);
    return session && this.holdings.get(session);
  }

  /** Bytes from and to all members but the coordinator's own, over past connections too. */
  get traffic(): { readonly sent: number; readonly received: number } {
    const total = { ...this.past };
    for (const { traffic } of this.channels) {
      total.sent += traffic.sent;
      total.received += traffic.received;
    }
    return total;
  }

  /** Bytes that were sent by another way than over one of these connections. */
  alsoSent(bytes: number): void {
    this.past.sent += bytes;
  }

  /**
   * Takes a new channel in; nothing is known of who is there before its Hello.
   *
   * @param evaluator it is the coordinator's own, which nobody can say of itself
   */
  accept(channel: Channel, evaluator = false): void {
    const { handlers, offered, token, clock, welcome, blob, identities } = this.options;
    const channelWithCounts = counted(channel);
    // What the coordinator says to itself is no traffic.
    if (!evaluator) this.channels.add(channelWithCounts);
    const session = new ServerSession(channelWithCounts, {
      authenticate: (given) => sameToken(given, token),
      blob,
      clock,
      uploads: this.uploads,
      chunks: this.chunks,
      hasher: nodeHasher,
      welcome: (hello: Hello) => {
        const over = this.options.over();
        if (over !== undefined) return { code: 'finished', message: over };
        const misfit =
          (evaluator ? undefined : roleMisfit(hello, this.options.federated)) ?? this.options.misfit(hello);
        if (misfit) return { code: 'invalid', message: misfit };
        const { id, resumeToken } = identities.identify(hello.resumeToken);
        return { ...welcome, blobs: this.options.blobs(), member: id, resumeToken };
      },
    });
    let joinedAs: MemberId | undefined;
    session.on('joined', (hello, { member: id }) => {
      joinedAs = id;
      const old = this.sessions.get(id);
      this.sessions.set(id, session);
      old?.close({ code: 'refused', message: 'the member connected again' });
      const { threads, ownData } = hello.capabilities;
      this.holdings.set(session, new Holding(sentTo(hello, evaluator), hello.holds));
      const about = { id, name: hello.name, engine: engineText(hello, this.options.precision), threads };
      if (ownData) this.participants.add(session);
      if (!ownData) return handlers.joined({ ...about, role: evaluator ? 'evaluator' : 'worker' }, []);
      session.on('ready', (rows, holds) => {
        const misfit = rowsMisfit(rows);
        if (misfit) session.refuse('invalid', misfit);
        else handlers.joined({ ...about, role: 'participant', rows }, holds);
      });
    });
    session.on('update', (offer) => {
      this.holdings.get(session)?.answered(offer.id.assignment);
      offered(offer.member, offer);
    });
    session.on('failed', ({ assignment, reason }) => handlers.failed(this.idOf(session), assignment, reason));
    session.on('leaving', () => handlers.leaving(this.idOf(session)));
    session.on('closed', (reason) => {
      this.participants.delete(session);
      if (this.participants.size === 0) this.allGone?.();
      if (this.channels.delete(channelWithCounts)) {
        this.past.sent += channelWithCounts.traffic.sent;
        this.past.received += channelWithCounts.traffic.received;
      }
      if (joinedAs === undefined) return handlers.stranger(session.remote, reason);
      // A member that connected again has another session by now.
      if (this.sessions.get(joinedAs) !== session) return;
      this.sessions.delete(joinedAs);
      handlers.left(joinedAs, reason.message);
    });
  }

  /** Sends what an assignment will want, without being asked; but not what this connection was sent for the one before. */
  push(member: MemberId, ids: readonly BlobId[]): void {
    const session = this.sessions.get(member);
    if (!session) return;
    const before = this.pushed.get(session) ?? [];
    for (const id of ids) if (!before.includes(id)) session.push(id);
    this.pushed.set(session, ids);
  }

  broadcast(send: (session: ServerSession) => void): void {
    for (const session of this.sessions.values()) send(session);
  }

  /** Resolves when no participant is connected, after `milliseconds` in any case. */
  async participantsGone(milliseconds: number): Promise<void> {
    if (this.participants.size === 0) return;
    const { clock } = this.options;
    await new Promise<void>((resolve) => {
      const timer = clock.setTimeout(resolve, milliseconds);
      this.allGone = () => {
        clock.clearTimeout(timer);
        resolve();
      };
    });
  }

  private idOf(session: ServerSession): MemberId {
    return session.member ?? '';
  }
}

/** A participant counts as much as its rows: one that claims more than this is not believed. */
const MOST_OWN_ROWS = 100_000_000;

function sentTo({ capabilities }: Hello, evaluator: boolean): Sent {
  if (evaluator) return 'exact';
  return capabilities.deltas ? 'deltas' : 'whole';
}

/** What a member computes in, beside its engine. */
const COMPUTED_IN: Readonly<Record<UsedPrecision, string>> = {
  mixed: 'float16',
  emulated: 'float16 emulated',
  float32: 'float32',
};

/** With what it trains in, where members may differ in that. */
function engineText({ capabilities }: Hello, asked: MemoryJob['precision']): string {
  const { engine, provider, float16 = 'none' } = capabilities;
  return `${engine} ${provider}${asked ? `, ${COMPUTED_IN[usedPrecision(float16, asked)]}` : ''}`;
}

function roleMisfit({ capabilities }: Hello, federated: boolean): string | undefined {
  if (capabilities.ownData === federated) return undefined;
  return federated
    ? `this run trains on rows that participants hold: join it with ${command('participate')} and --data`
    : `this run trains on rows of the coordinator’s: join it with ${command('worker')}`;
}

function rowsMisfit({ examples }: OwnRows): string | undefined {
  if (examples === 0) return 'a participant needs at least one row to train on';
  if (examples <= MOST_OWN_ROWS) return undefined;
  return `${examples} rows of one participant are more than the ${MOST_OWN_ROWS} that are believed`;
}
