import { createHash } from 'node:crypto';
import { expect } from 'vitest';
import { nodeHasher } from '../../../node/hasher.ts';
import type { Pieces } from '../../../shared/parameters/pieces.ts';
import type { Channel } from '../../../shared/protocol/channel.ts';
import type { Clock } from '../../../shared/protocol/clock.ts';
import {
  type Introduction,
  MemberSession,
  type MemberSessionOptions,
} from '../../../shared/protocol/member-session.ts';
import type { Hello, UpdateMessage, Welcome } from '../../../shared/protocol/messages.ts';
import { ServerSession, type ServerSessionOptions } from '../../../shared/protocol/server-session.ts';
import { sameToken } from '../../../shared/protocol/tokens.ts';
import type { UpdateOffer } from '../../../shared/protocol/update-offer.ts';
import { UploadStore } from '../../../shared/protocol/uploads.ts';

export const TOKEN = 'secret-token';

export const INTRODUCTION: Introduction = {
  token: TOKEN,
  name: 'alice',
  version: '0.1.0',
  capabilities: {
    engine: 'fake',
    provider: 'cpu',
    threads: 1,
    codecs: ['f32', 'f16'],
    ownData: false,
    dataHash: '',
  },
};

export function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Compared by hash: an assertion element by element takes seconds for megabytes. */
export function expectSame(actual: Uint8Array | undefined, expected: Uint8Array): void {
  expect(actual?.length).toBe(expected.length);
  expect(hashOf(actual!)).toBe(hashOf(expected));
}

/** Reproducible bytes. */
export function pseudoRandomBytes(length: number, seed = 1): Uint8Array {
  const bytes = new Uint8Array(length);
  let state = seed >>> 0 || 1;
  for (let index = 0; index < length; index++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    bytes[index] = state;
  }
  return bytes;
}

/** A coordinator reduced to its sessions: blobs by hash, uploads collected. */
export class FakeCoordinator {
  readonly sessions: ServerSession[] = [];
  readonly blobs = new Map<string, Uint8Array>();
  readonly updates: { readonly offer: UpdateOffer; readonly payload: Uint8Array }[] = [];
  readonly closed: string[] = [];
  readonly #options: Partial<ServerSessionOptions>;
  readonly welcome: Welcome;
  /** What it does with an offered update; takes it by default. */
  onUpdate: (offer: UpdateOffer) => void = (offer) => {
    offer.accept().then(
      (payload) => {
        // Of its own: after the answer the transport may write into the memory again.
        this.updates.push({ offer, payload: Uint8Array.from(joined(payload)) });
        offer.acknowledge('received');
      },
      () => undefined,
    );
  };
  onHello: (hello: Hello) => void = () => undefined;
  onJoined: (session: ServerSession) => void = () => undefined;

  constructor(
    clock: Clock,
    options: Partial<ServerSessionOptions> & { chunkBytes?: number; incarnation?: number } = {},
  ) {
    const { chunkBytes = 1024, incarnation = 1, ...rest } = options;
    this.welcome = {
      run: 'run-1',
      runName: 'digits',
      incarnation,
      member: 'm1',
      resumeToken: 'resume-1',
      heartbeatMs: 1000,
      chunkBytes,
      blobs: {},
      checksums: true,
    };
    this.#options = { clock, hasher: nodeHasher, uploads: new UploadStore(), ...rest };
  }

  add(bytes: Uint8Array): string {
    const hash = hashOf(bytes);
    this.blobs.set(hash, bytes);
    return hash;
  }

  readonly accept = (channel: Channel): ServerSession => {
    const session = new ServerSession(channel, {
      authenticate: (token) => sameToken(token, TOKEN),
      welcome: (hello) => {
        this.onHello(hello);
        return this.welcome;
      },
      blob: (hash) => this.blobs.get(hash),
      ...this.#options,
    });
    this.sessions.push(session);
    session.on('joined', () => this.onJoined(session));
    session.on('update', (offer) => this.onUpdate(offer));
    session.on('closed', (reason) => this.closed.push(`${reason.code}: ${reason.message}`));
    return session;
  };

  get last(): ServerSession {
    return this.sessions.at(-1)!;
  }
}

export function member(
  clock: Clock,
  dial: () => Promise<Channel>,
  options: Partial<MemberSessionOptions> = {},
): MemberSession {
  return new MemberSession({
    dial,
    hello: INTRODUCTION,
    random: () => 0.5,
    clock,
    hasher: nodeHasher,
    ...options,
  });
}

export function updateOf(payload: Uint8Array, assignment = 'a1', incarnation = 1, credit = 0): UpdateMessage {
  return {
    assignment,
    incarnation,
    credit,
    header: { examples: 32, sums: { loss: 1.5, denominator: 32 }, steps: 1, computeMs: 12 },
    sections: [{ name: 'parameters', codec: 'f32', floats: payload.length / 4, bytes: payload.length }],
  };
}

/** A payload in one piece. */
export function joined(pieces: Pieces): Uint8Array {
  return new Uint8Array(Buffer.concat(pieces as Uint8Array[]));
}
