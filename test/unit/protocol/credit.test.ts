import { describe, expect, it } from 'vitest';
import { Decoder } from '../../../shared/protocol/decode.ts';
import { encodeChunk } from '../../../shared/protocol/encode-chunk.ts';
import { DEFAULT_LIMITS } from '../../../shared/protocol/limits.ts';
import { type Direction, MemoryNetwork } from '../../../simulation/memory-transport.ts';
import { VirtualClock } from '../../../simulation/virtual-clock.ts';
import { expectSame, FakeCoordinator, member, pseudoRandomBytes, TOKEN, updateOf } from './harness.ts';

const decoder = new Decoder(DEFAULT_LIMITS);

/** A member and a coordinator, and every message that passes between them. */
function setup(options: { readonly intact?: boolean } = {}) {
  const clock = new VirtualClock(1_000_000);
  const seen: { readonly direction: Direction; readonly type: string; readonly checked: boolean }[] = [];
  const network = new MemoryNetwork(clock, {
    ...options,
    intercept: (bytes, direction) => {
      const message = decoder.decode(bytes);
      if (message) {
        seen.push({
          direction,
          type: message.type,
          checked: message.type === 'chunk' && message.crc32 !== undefined,
        });
      }
      return [bytes];
    },
  });
  const coordinator = new FakeCoordinator(clock);
  network.listen(coordinator.accept);
  const session = member(clock, () => network.dial());
  return { clock, network, coordinator, session, seen };
}

async function settled<T>(clock: VirtualClock, promise: Promise<T>): Promise<T> {
  let done = false;
  const settling = promise.finally(() => {
    done = true;
  });
  settling.catch(() => undefined);
  await clock.runUntil(() => done);
  return await settling;
}

describe('an upload with credit', () => {
  it('follows its offer at once, and needs no Accept', async () => {
    const { clock, coordinator, session, seen } = setup();
    const payload = pseudoRandomBytes(5000);
    session.start();
    await clock.runUntil(() => session.state === 'open');
    expect(await settled(clock, session.upload(updateOf(payload, 'a1', 1, 1 << 20), payload))).toBe(
      'received',
    );
    expectSame(coordinator.updates[0]!.payload, payload);
    expect(seen.filter(({ type }) => type === 'accept')).toEqual([]);
  });

  it('starts again when the coordinator takes it only later', async () => {
    const { clock, coordinator, session, seen } = setup();
    const payload = pseudoRandomBytes(5000);
    const take = coordinator.onUpdate;
    coordinator.onUpdate = (offer) => void clock.setTimeout(() => take(offer), 50);
    session.start();
    await clock.runUntil(() => session.state === 'open');
    expect(await settled(clock, session.upload(updateOf(payload, 'a1', 1, 1 << 20), payload))).toBe(
      'received',
    );
    expectSame(coordinator.updates[0]!.payload, payload);
    expect(seen.filter(({ type }) => type === 'accept')).toHaveLength(1);
  });

  it('goes on where it was over a new connection, where it has no credit', async () => {
    const { clock, network, coordinator, session, seen } = setup();
    const payload = pseudoRandomBytes(50_000);
    session.start();
    await clock.runUntil(() => session.state === 'open');
    const status = session.upload(updateOf(payload, 'a1', 1, 1 << 20), payload);
    await clock.runUntil(() => seen.filter(({ type }) => type === 'chunk').length >= 10);
    network.breakAll();
    expect(await settled(clock, status)).toBe('received');
    expectSame(coordinator.updates[0]!.payload, payload);
    expect(seen.filter(({ type }) => type === 'accept').length).toBeGreaterThanOrEqual(1);
  });
});

describe('checksums of chunks', () => {
  it('travel where the transport has none, and only there', async () => {
    for (const intact of [false, true]) {
      const { clock, coordinator, session, seen } = setup({ intact });
      const payload = pseudoRandomBytes(5000);
      const hash = coordinator.add(pseudoRandomBytes(3000, 2));
      session.start();
      await settled(clock, session.fetch(hash));
      await settled(clock, session.upload(updateOf(payload), payload));
      const chunks = seen.filter(({ type }) => type === 'chunk');
      expect(new Set(chunks.map(({ direction }) => direction)).size).toBe(2);
      expect(new Set(chunks.map(({ checked }) => checked))).toEqual(new Set([!intact]));
    }
  });

  it('may not be left out where they are needed', async () => {
    const { clock, coordinator, network } = setup();
    const { Link } = await import('../../../shared/protocol/link.ts');
    const channel = await network.dial();
    const reasons: string[] = [];
    const link = new Link(channel, {
      clock,
      limits: DEFAULT_LIMITS,
      message: (message) => {
        if (message.type === 'refuse') reasons.push(message.message);
      },
      violated: (error) => reasons.push(error.message),
      closed: () => undefined,
    });
    link.send({
      type: 'hello',
      ...{
        protocol: 1,
        token: TOKEN,
        name: 'x',
        resumeToken: '',
        version: '1',
        window: 1 << 20,
        checksums: false,
      },
      capabilities: { engine: 'e', provider: 'p', threads: 1, codecs: ['f32'], ownData: false, dataHash: '' },
    });
    await clock.runUntil(() => coordinator.sessions.length > 0);
    await clock.advance(100);
    channel.send(encodeChunk({ transfer: 1, offset: 0, crc32: undefined, data: new Uint8Array(10) }));
    await clock.runUntil(() => reasons.length > 0);
    expect(reasons[0]).toMatch(/no checksum/);
  });
});
