import { mkdtemp, rm } from 'node:fs/promises';
import { connect, constants, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http2';
import { createServer, type Server, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Certificate, loadOrCreateCertificate } from '../../node/tls.ts';
import type { DialOptions } from '../../node/transports/dial-options.ts';
import { dialGrpc } from '../../node/transports/grpc-client.ts';
import { listenGrpc } from '../../node/transports/grpc-server.ts';
import { SESSION_METHOD } from '../../node/transports/grpc-service.ts';
import type { ListenOptions } from '../../node/transports/listen-options.ts';
import { dialWebSocket } from '../../node/transports/websocket-client.ts';
import { listenWebSocket } from '../../node/transports/websocket-server.ts';
import type { Channel, CloseReason, Listener } from '../../shared/protocol/channel.ts';
import { systemClock } from '../../shared/protocol/clock.ts';
import type { MemberSession } from '../../shared/protocol/member-session.ts';
import { freePort } from '../support/ports.ts';
import {
  expectSame,
  FakeCoordinator,
  INTRODUCTION,
  member,
  pseudoRandomBytes,
  updateOf,
} from '../unit/protocol/harness.ts';

let directory: string;
let certificate: Certificate;
let other: Certificate;
const cleanups: (() => unknown)[] = [];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tributary-transports-'));
  certificate = await loadOrCreateCertificate(join(directory, 'one'), ['127.0.0.1']);
  other = await loadOrCreateCertificate(join(directory, 'two'), ['127.0.0.1']);
});

afterAll(() => rm(directory, { recursive: true }));

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

interface Transport {
  readonly name: string;
  readonly listen: (options: ListenOptions) => Promise<Listener>;
  readonly dial: (options: DialOptions) => Promise<Channel>;
}

const TRANSPORTS: readonly Transport[] = [
  { name: 'gRPC', listen: listenGrpc, dial: dialGrpc },
  { name: 'WebSocket', listen: listenWebSocket, dial: dialWebSocket },
];

describe.each(TRANSPORTS)('$name', ({ listen, dial }) => {
  async function listening(options: Partial<ListenOptions> = {}): Promise<Listener> {
    const listener = await listen({
      address: '127.0.0.1:0',
      tls: certificate,
      onChannel: () => undefined,
      ...options,
    });
    cleanups.push(() => listener.close());
    return listener;
  }

  function started(address: string, options: Parameters<typeof member>[2] = {}): MemberSession {
    const dialer = () => dial({ address, fingerprint: certificate.fingerprint });
    const session = member(systemClock, dialer, { backoff: { firstMs: 5, capMs: 50 }, ...options });
    cleanups.push(() => session.close());
    session.start();
    return session;
  }

  it.each([
    ['TLS', {}, undefined],
    ['plaintext', { tls: undefined, insecure: 'loopback' }, 'loopback'],
  ] as const)('carries a download and an upload of megabytes over %s', async (_name, options, insecure) => {
    const coordinator = new FakeCoordinator(systemClock, { chunkBytes: 64 << 10 });
    const { address } = await listening({ onChannel: coordinator.accept, ...options });
    const session = member(systemClock, () =>
      dial(insecure ? { address, insecure } : { address, fingerprint: certificate.fingerprint }),
    );
    cleanups.push(() => session.close());
    session.start();
    const weights = pseudoRandomBytes(3_000_000);
    const payload = pseudoRandomBytes(3_000_000, 2);
    expectSame(await session.fetch(coordinator.add(weights)), weights);
    expect(await session.upload(updateOf(payload), payload)).toBe('received');
    expectSame(coordinator.updates[0]?.payload, payload);
  });

  it('resumes both directions while connections keep breaking', async () => {
    const coordinator = new FakeCoordinator(systemClock, { chunkBytes: 16 << 10 });
    const channels: Channel[] = [];
    const { address } = await listening({
      onChannel: (channel) => {
        channels.push(channel);
        coordinator.accept(channel);
      },
    });
    const weights = pseudoRandomBytes(1_000_000);
    const payload = pseudoRandomBytes(1_000_000, 2);
    let breaks = 0;
    // Each of the first connections breaks after so many more messages from the coordinator or the member.
    const session = started(address, {
      dial: async () => {
        const channel = await dial({ address, fingerprint: certificate.fingerprint });
        if (breaks < 8) breakAfter(channel, 4 + 3 * breaks++);
        return channel;
      },
    });
    const [fetched, status] = await Promise.all([
      session.fetch(coordinator.add(weights)),
      session.upload(updateOf(payload), payload),
    ]);
    expectSame(fetched, weights);
    expect(status).toBe('received');
    expect(coordinator.updates).toHaveLength(1);
    expectSame(coordinator.updates[0]?.payload, payload);
    expect(channels.length).toBeGreaterThan(4);
  });

  it('connects once the coordinator is up, and again after it was started anew', async () => {
    const address = `127.0.0.1:${await freePort()}`;
    const lost: CloseReason[] = [];
    const session = started(address);
    session.on('disconnected', (reason) => lost.push(reason));
    await until(session, 'disconnected');
    expect(lost[0]).toMatchObject({ code: 'unreachable' });
    expect(lost[0]?.message).toContain('is the coordinator running');
    for (let incarnation = 1; incarnation <= 2; incarnation++) {
      const coordinator = new FakeCoordinator(systemClock, { incarnation });
      const welcome = until(session, 'welcome');
      const listener = await listen({ address, tls: certificate, onChannel: coordinator.accept });
      expect(await welcome).toMatchObject([{ incarnation }]);
      const gone = until(session, 'disconnected');
      await listener.close();
      await gone;
    }
  });

  it('tells the member why it is refused', async () => {
    const coordinator = new FakeCoordinator(systemClock);
    const { address } = await listening({ onChannel: coordinator.accept });
    const session = started(address, { hello: { ...INTRODUCTION, token: 'guessed' } });
    const [refusal] = await until(session, 'refused');
    expect(refusal).toMatchObject({ code: 'token' });
    expect(session.state).toBe('closed');
  });

  it('says what is wrong with the certificate, with both fingerprints, and sends nothing', async () => {
    let accepted = 0;
    const { address } = await listening({ onChannel: () => accepted++ });
    const session = started(address, { dial: () => dial({ address, fingerprint: other.fingerprint }) });
    const [refusal] = await until(session, 'refused');
    expect(refusal.code).toBe('certificate');
    expect(refusal.message).toContain(certificate.fingerprint);
    expect(refusal.message).toContain(other.fingerprint);
    expect(accepted).toBe(0);
  });

  it('does not trust a self-signed certificate without its fingerprint, but does with it as authority', async () => {
    const { address } = await listening();
    await expect(dial({ address })).rejects.toMatchObject({ reason: { code: 'certificate' } });
    const channel = await dial({ address, ca: certificate.cert });
    channel.close();
  });

  it('says that a port speaks no TLS', async () => {
    const { address } = await listening({ tls: undefined, insecure: true });
    const attempt = dial({ address, fingerprint: certificate.fingerprint });
    await expect(attempt).rejects.toMatchObject({ reason: { code: 'not-tls' } });
  });

  it('says that a port expects TLS', async () => {
    const { address } = await listening();
    const attempt = dial({ address, insecure: true });
    await expect(attempt).rejects.toMatchObject({ reason: { code: 'not-tls' } });
    await expect(attempt).rejects.toThrow(/speaks TLS: join with the coordinator’s fingerprint/);
  });

  it('refuses plaintext that nobody has allowed', async () => {
    await expect(listen({ address: '127.0.0.1:0', onChannel: () => undefined })).rejects.toMatchObject({
      reason: { code: 'insecure' },
    });
    await expect(
      listen({ address: '0.0.0.0:0', insecure: 'loopback', onChannel: () => undefined }),
    ).rejects.toMatchObject({ reason: { code: 'insecure' } });
    await expect(dial({ address: '192.0.2.1:1', insecure: 'loopback' })).rejects.toMatchObject({
      reason: { code: 'insecure' },
    });
  });

  it('says that a port is taken', async () => {
    const server = createServer();
    cleanups.push(() => closing(server));
    const address = await listenPlain(server);
    await expect(listen({ address, tls: certificate, onChannel: () => undefined })).rejects.toMatchObject({
      reason: { code: 'in-use', message: expect.stringContaining(address) },
    });
  });

  it('says that an address is none', async () => {
    for (const address of ['localhost', 'a b:1', '::1:7', '[::1:7', 'host:99999', ':80']) {
      await expect(dial({ address, insecure: true })).rejects.toMatchObject({ reason: { code: 'address' } });
    }
    await expect(
      listen({ address: '192.0.2.1:0', tls: certificate, onChannel: () => undefined }),
    ).rejects.toMatchObject({ reason: { code: 'address' } });
  });

  it('closes a peer that sends too much in one message, and stays up', async () => {
    const coordinator = new FakeCoordinator(systemClock);
    const { address } = await listening({ onChannel: coordinator.accept, limits: { envelopeBytes: 10_000 } });
    const channel = await dial({ address, fingerprint: certificate.fingerprint });
    const closed = new Promise<CloseReason>((resolve) => channel.onClose(resolve));
    channel.onMessage(() => undefined);
    channel.send(new Uint8Array(20_000));
    expect(await closed).toMatchObject({ code: 'too-large' });
    expect(await until(started(address), 'welcome')).toHaveLength(1);
  });

  it('closes a peer that sends garbage with a message', async () => {
    const coordinator = new FakeCoordinator(systemClock);
    const { address } = await listening({ onChannel: coordinator.accept });
    const channel = await dial({ address, fingerprint: certificate.fingerprint });
    const closed = new Promise<CloseReason>((resolve) => channel.onClose(resolve));
    channel.onMessage(() => undefined);
    channel.send(Uint8Array.of(0xff, 0xff, 0xff));
    expect(await closed).toMatchObject({ code: 'protocol', message: expect.stringContaining('no envelope') });
  });

  it('bears raw connections that say nothing sensible', async () => {
    const coordinator = new FakeCoordinator(systemClock);
    const { address } = await listening({ onChannel: coordinator.accept });
    const [host, port] = address.split(':');
    for (const bytes of ['', 'GET / HTTP/1.1\r\n\r\n', '\x16\x03\x01\x02\x00\x01\x00', 'x'.repeat(100_000)]) {
      const socket = new Socket();
      socket.on('error', () => undefined);
      await new Promise<void>((resolve) => socket.connect(Number(port), host!, resolve));
      socket.write(bytes);
      socket.destroy();
    }
    expect(await until(started(address), 'welcome')).toHaveLength(1);
  });

  it.each([
    ['says nothing', ''],
    ['stops in the middle of its handshake', '\x16\x03\x01\x02\x00\x01\x00'],
  ])('closes all the same while a peer that %s holds on', async (_, bytes) => {
    const { address, close } = await listen({
      ...{ address: '127.0.0.1:0', tls: certificate, onChannel: () => undefined },
    });
    const { hostname, port } = new URL(`tcp://${address}`);
    const socket = new Socket();
    const gone = new Promise((resolve) => socket.once('close', resolve));
    socket.on('error', () => undefined);
    await new Promise<void>((resolve) => socket.connect(Number(port), hostname, resolve));
    socket.write(Buffer.from(bytes, 'latin1'));
    // The server knows of it once it is answered about another.
    await dial({ address, fingerprint: certificate.fingerprint }).then((channel) =>
      channel.close({ code: 'ok', message: '' }),
    );
    await close();
    await gone;
  });

  it('turns connections away beyond its limit', async () => {
    const coordinator = new FakeCoordinator(systemClock);
    const { address } = await listening({ onChannel: coordinator.accept, limits: { connections: 1 } });
    await until(started(address), 'welcome');
    const [reason] = await until(started(address), 'disconnected');
    expect(reason.message).toContain('limit');
  });

  it('gives a heartbeat its turn while a large transfer is under way', async () => {
    const coordinator = new FakeCoordinator(systemClock, { chunkBytes: 64 << 10 });
    (coordinator.welcome as { heartbeatMs: number }).heartbeatMs = 20;
    const { address } = await listening({ onChannel: coordinator.accept });
    const session = started(address);
    const weights = pseudoRandomBytes(40_000_000);
    expectSame(await session.fetch(coordinator.add(weights)), weights);
    expect(session.roundTripMs).toBeDefined();
    expect(coordinator.sessions).toHaveLength(1);
  });

  it('keeps what was sent before a close', async () => {
    const coordinator = new FakeCoordinator(systemClock);
    coordinator.onJoined = (session) => {
      session.finished('completed', 'well done');
      session.close();
    };
    const { address } = await listening({ onChannel: coordinator.accept });
    expect(await until(started(address), 'finished')).toEqual([
      { reason: 'completed', message: 'well done' },
    ]);
  });
});

describe('a gRPC stream that was ended', () => {
  it('is reset when its peer takes nothing of what was written', async () => {
    const limits = { flushMs: 200 };
    const accepted: Channel[] = [];
    const listener = await listenGrpc({
      ...{ address: '127.0.0.1:0', insecure: true, limits },
      onChannel: (channel) => accepted.push(channel),
    });
    cleanups.push(() => listener.close());
    const session = connect(`http://${listener.address}`, { settings: { initialWindowSize: 0 } });
    cleanups.push(() => session.destroy());
    const stream = session.request({
      ':method': 'POST',
      ':path': SESSION_METHOD.path,
      'content-type': 'application/grpc',
    });
    const code = new Promise<number>((resolve) => stream.once('close', () => resolve(stream.rstCode)));
    stream.on('error', () => undefined);
    await new Promise((resolve) => stream.once('response', resolve));
    accepted[0]!.send(Uint8Array.of(1, 2, 3));
    accepted[0]!.close({ code: 'protocol', message: 'turned away' });
    expect(await code).toBe(constants.NGHTTP2_CANCEL);
  });
});

describe('a gRPC port', () => {
  async function ask(headers: OutgoingHttpHeaders): Promise<IncomingHttpHeaders> {
    const listener = await listenGrpc({
      address: '127.0.0.1:0',
      insecure: true,
      onChannel: () => expect.unreachable(),
    });
    cleanups.push(() => listener.close());
    const session = connect(`http://${listener.address}`);
    const stream = session.request(headers);
    try {
      return await new Promise((resolve, reject) => stream.once('response', resolve).once('error', reject));
    } finally {
      session.destroy();
    }
  }

  it.each([
    [
      'another method',
      { ':method': 'POST', ':path': '/other.Service/Method', 'content-type': 'application/grpc' },
    ],
    ['a browser', { ':method': 'GET', ':path': '/' }],
  ])('says UNIMPLEMENTED to %s', async (_name, headers) => {
    const answer = await ask(headers);
    expect(answer['grpc-status']).toBe('12');
    expect(decodeURIComponent(String(answer['grpc-message']))).toContain('/tributary.v1.Tributary/Session');
  });
});

function until<K extends 'welcome' | 'disconnected' | 'refused' | 'finished'>(
  session: MemberSession,
  event: K,
): Promise<Parameters<Parameters<typeof session.on<K>>[1]>> {
  return new Promise((resolve) => {
    session.once(event, (...values) => resolve(values as never));
  });
}

/** Makes a member's channel break by itself after so many messages have come. */
function breakAfter(channel: Channel, messages: number): void {
  const onMessage = channel.onMessage.bind(channel);
  let count = 0;
  channel.onMessage = (handler) =>
    onMessage((message) => {
      count += 1;
      if (count > messages) channel.close({ code: 'lost', message: 'broken by the test' });
      else handler(message);
    });
}

async function listenPlain(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return `127.0.0.1:${address.port}`;
}

function closing(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}
