import { describe, expect, it } from 'vitest';
import { DEFAULT_LIMITS } from '../../../shared/protocol/limits.ts';
import type { AssignmentMessage } from '../../../shared/protocol/messages.ts';
import { MemoryNetwork } from '../../../simulation/memory-transport.ts';
import { VirtualClock } from '../../../simulation/virtual-clock.ts';
import {
  expectSame,
  FakeCoordinator,
  hashOf,
  joined,
  member,
  pseudoRandomBytes,
  updateOf,
} from './harness.ts';

const ASSIGNMENT: Omit<AssignmentMessage, 'incarnation'> = {
  id: 'a1',
  version: 3,
  round: 4,
  work: { kind: 'gradient', epoch: 0, start: 0, end: 32 },
  deadline: Number.POSITIVE_INFINITY,
  terms: {},
  sections: [],
  local: [],
  learningRate: 0.1,
  order: 0,
  weights: 'f'.repeat(64),
  vectors: {},
  codec: 'f32',
  uploadCredit: 0,
};

function setup(
  options: ConstructorParameters<typeof MemoryNetwork>[1] = {},
  server: ConstructorParameters<typeof FakeCoordinator>[1] = {},
) {
  const clock = new VirtualClock(1_000_000);
  const network = new MemoryNetwork(clock, options);
  const coordinator = new FakeCoordinator(clock, server);
  network.listen(coordinator.accept);
  const session = member(clock, () => network.dial());
  return { clock, network, coordinator, session };
}

/** Runs virtual time until a promise settles, and gives its value. */
async function settled<T>(clock: VirtualClock, promise: Promise<T>): Promise<T> {
  let over = false;
  const end = () => {
    over = true;
  };
  promise.then(end, end);
  await clock.runUntil(() => over);
  return promise;
}

describe('a member and a coordinator in memory', () => {
  it('shake hands, hand out work, fetch weights, take the update', async () => {
    const { clock, coordinator, session } = setup();
    const weights = pseudoRandomBytes(10_000);
    const payload = pseudoRandomBytes(8_000, 2);
    const hash = coordinator.add(weights);
    coordinator.onJoined = (server) => {
      server.push(hash);
      server.assign({ ...ASSIGNMENT, weights: hash });
    };
    let fetched: Uint8Array | undefined;
    let status: string | undefined;
    session.on('assign', async (assignment) => {
      expect(assignment).toEqual({ ...ASSIGNMENT, weights: hash, incarnation: 1 });
      fetched = await session.fetch(assignment.weights);
      status = await session.upload(updateOf(payload), payload);
    });
    session.start();
    await clock.runUntil(() => status !== undefined);
    expect(status).toBe('received');
    expectSame(fetched, weights);
    expect(fetched?.byteOffset).toBe(0);
    expectSame(coordinator.updates[0]?.payload, payload);
    expect(coordinator.updates[0]?.offer.header).toEqual({
      ...updateOf(payload).header,
      sections: ['parameters'],
    });
  });

  it('sends a pushed blob once, although it is asked for as well', async () => {
    let chunks = 0;
    const { clock, coordinator, session } = setup({
      intercept: (message, direction) => {
        if (direction === 'down' && message.length > 900) chunks += 1;
        return [message];
      },
    });
    const weights = pseudoRandomBytes(10 * 1024);
    const hash = coordinator.add(weights);
    coordinator.onJoined = (server) => {
      server.assign({ ...ASSIGNMENT, weights: hash });
      server.push(hash);
    };
    let fetched: Uint8Array | undefined;
    session.on('assign', async () => {
      fetched = await session.fetch(hash);
    });
    session.start();
    await clock.runUntil(() => fetched !== undefined);
    await clock.advance(100);
    expect(chunks).toBe(10);
    expect(hashOf(fetched!)).toBe(hash);
  });

  it('resumes a download when the connection breaks after any message', async () => {
    const weights = pseudoRandomBytes(8 * 1024 + 100);
    for (let breakAt = 1; breakAt < 12; breakAt++) {
      let received = 0;
      let broken = false;
      const { clock, network, coordinator, session } = setup({
        delay: () => 1,
        highWater: 2048,
        intercept: (message, direction, index) => {
          if (direction === 'down' && index === breakAt && !broken) {
            broken = true;
            return 'break';
          }
          if (direction === 'down' && message.length > 90) received += message.length;
          return [message];
        },
      });
      const hash = coordinator.add(weights);
      session.start();
      expectSame(await settled(clock, session.fetch(hash)), weights);
      expect(network.connections).toBe(broken ? 2 : 1);
      // Only what was under way at the break is sent again.
      expect(received).toBeLessThan(weights.length + 5000);
    }
  });

  it('resumes an upload when the connection breaks after any message, and counts it once', async () => {
    const payload = pseudoRandomBytes(8 * 1024);
    for (let breakAt = 0; breakAt < 12; breakAt++) {
      let broken = false;
      const { clock, coordinator, session } = setup({
        delay: () => 1,
        intercept: (message, direction, index) => {
          if (direction === 'up' && index === breakAt && !broken) {
            broken = true;
            return 'break';
          }
          return [message];
        },
      });
      session.start();
      expect(await settled(clock, session.upload(updateOf(payload), payload))).toBe('received');
      expect(coordinator.updates).toHaveLength(1);
      expectSame(coordinator.updates[0]?.payload, payload);
    }
  });

  it('counts an upload once when its acknowledgement is lost', async () => {
    const payload = pseudoRandomBytes(2048);
    let broken = false;
    const { clock, network, coordinator, session } = setup();
    coordinator.onUpdate = async (offer) => {
      const payload = joined(await offer.accept());
      coordinator.updates.push({ offer, payload });
      if (!broken) {
        broken = true;
        network.breakAll();
      }
      offer.acknowledge('received');
    };
    session.start();
    expect(await settled(clock, session.upload(updateOf(payload), payload))).toBe('received');
    expect(coordinator.updates).toHaveLength(1);
    expect(network.connections).toBe(2);
  });

  it('answers over the new connection when the decision comes after a reconnect', async () => {
    const payload = pseudoRandomBytes(2048);
    const { clock, network, coordinator, session } = setup();
    let decide: (() => void) | undefined;
    coordinator.onUpdate = async (offer) => {
      await offer.accept();
      decide = () => offer.acknowledge('late');
    };
    session.start();
    const status = session.upload(updateOf(payload), payload);
    await clock.runUntil(() => decide !== undefined);
    network.breakAll();
    await clock.runUntil(() => session.state === 'open' && network.connections === 2);
    await clock.advance(100);
    decide?.();
    expect(await settled(clock, status)).toBe('late');
  });

  it('takes an update that is refused unseen without its payload', async () => {
    let up = 0;
    const payload = pseudoRandomBytes(64 * 1024);
    const { clock, coordinator, session } = setup({
      intercept: (message, direction) => {
        if (direction === 'up') up += message.length;
        return [message];
      },
    });
    coordinator.onUpdate = (offer) => offer.refuse('stale');
    session.start();
    expect(await settled(clock, session.upload(updateOf(payload), payload))).toBe('stale');
    expect(up).toBeLessThan(1000);
  });

  it('answers an update of an earlier incarnation with unknown', async () => {
    const payload = pseudoRandomBytes(1024);
    const { clock, coordinator, session } = setup({}, { incarnation: 2 });
    session.start();
    expect(await settled(clock, session.upload(updateOf(payload, 'a1', 1), payload))).toBe('unknown');
    expect(coordinator.updates).toHaveLength(0);
  });

  it('asks again for a chunk that was damaged on the way', async () => {
    let damaged = 0;
    const damage = (message: Uint8Array): Uint8Array => {
      const copy = message.slice();
      copy[copy.length - 5]! ^= 0x10;
      damaged += 1;
      return copy;
    };
    const { clock, coordinator, session } = setup({
      delay: () => 1,
      intercept: (message, _direction, index) =>
        message.length > 900 && index % 7 === 6 ? [damage(message)] : [message],
    });
    const weights = pseudoRandomBytes(16 * 1024);
    const payload = pseudoRandomBytes(16 * 1024, 5);
    const hash = coordinator.add(weights);
    session.start();
    expectSame(await settled(clock, session.fetch(hash)), weights);
    expect(await settled(clock, session.upload(updateOf(payload), payload))).toBe('received');
    expectSame(coordinator.updates[0]?.payload, payload);
    expect(damaged).toBeGreaterThan(1);
  });

  it('gives a transfer up whose chunks are damaged again and again', async () => {
    const { clock, coordinator, session } = setup({
      intercept: (message) => {
        if (message.length <= 900) return [message];
        const copy = message.slice();
        copy[copy.length - 5]! ^= 0x10;
        return [copy];
      },
    });
    const hash = coordinator.add(pseudoRandomBytes(4096));
    const payload = pseudoRandomBytes(4096, 5);
    session.start();
    await expect(settled(clock, session.fetch(hash))).rejects.toMatchObject({ code: 'corrupt' });
    await expect(settled(clock, session.upload(updateOf(payload), payload))).rejects.toMatchObject({
      code: 'corrupt',
    });
    expect(session.state).toBe('open');
  });

  it('refuses a blob whose hash does not match, after trying again', async () => {
    const { clock, coordinator, session } = setup();
    const hash = 'a'.repeat(64);
    coordinator.blobs.set(hash, pseudoRandomBytes(3000));
    session.start();
    await expect(settled(clock, session.fetch(hash))).rejects.toMatchObject({
      name: 'TransferError',
      code: 'corrupt',
    });
  });

  it('says that a blob is not there', async () => {
    const { clock, session } = setup();
    session.start();
    await expect(settled(clock, session.fetch('b'.repeat(64)))).rejects.toMatchObject({
      code: 'unavailable',
    });
  });

  it('stands repeated messages', async () => {
    const { clock, coordinator, session } = setup({
      intercept: (message) => (message.length > 900 ? [message, message] : [message]),
    });
    const weights = pseudoRandomBytes(9000);
    const payload = pseudoRandomBytes(9000 & ~3, 3);
    const hash = coordinator.add(weights);
    session.start();
    expectSame(await settled(clock, session.fetch(hash)), weights);
    expect(await settled(clock, session.upload(updateOf(payload), payload))).toBe('received');
    expect(coordinator.updates).toHaveLength(1);
  });

  it('fetches many blobs at once, and two of the same as one', async () => {
    const { clock, coordinator, session } = setup({ delay: () => 2 });
    const blobs = Array.from({ length: 100 }, (_, index) => pseudoRandomBytes(500 + 37 * index, index + 1));
    session.start();
    const hashes = blobs.map((blob) => coordinator.add(blob));
    const all = Promise.all([...hashes, ...hashes].map((hash) => session.fetch(hash)));
    expect(await settled(clock, all)).toEqual([...blobs, ...blobs]);
  });

  it('never has more under way to a slow receiver than was granted', async () => {
    const window = 16 * 1024;
    const clock = new VirtualClock();
    const network = new MemoryNetwork(clock, { highWater: Number.POSITIVE_INFINITY, delay: () => 20 });
    const coordinator = new FakeCoordinator(clock, {});
    network.listen(coordinator.accept);
    const session = member(clock, () => network.dial(), {
      limits: { ...DEFAULT_LIMITS, windowBytes: window },
    });
    const weights = pseudoRandomBytes(200_000);
    const hash = coordinator.add(weights);
    session.start();
    const fetched = settled(clock, session.fetch(hash));
    let most = 0;
    const watch = () => {
      most = Math.max(most, network.open[0]?.underWay ?? 0);
      clock.setTimeout(watch, 1);
    };
    watch();
    expectSame(await fetched, weights);
    expect(most).toBeGreaterThan(window / 2);
    expect(most).toBeLessThan(window * 1.1);
  });

  it('keeps heartbeats going during a transfer that takes a minute', async () => {
    const { clock, network, coordinator, session } = setup(
      { bandwidth: 32, delay: () => 5, highWater: 8192 },
      { chunkBytes: 8192 },
    );
    const weights = pseudoRandomBytes(2_000_000);
    const hash = coordinator.add(weights);
    session.start();
    expectSame(await settled(clock, session.fetch(hash)), weights);
    expect(clock.now()).toBeGreaterThan(1_055_000);
    expect(network.connections).toBe(1);
    // A heartbeat waits for the few chunks before it, not for the transfer.
    expect(session.roundTripMs).toBeLessThan(1000);
  });

  it('gives a silent coordinator up after three intervals, and comes back with its resume token', async () => {
    const hellos: string[] = [];
    const { clock, network, coordinator, session } = setup();
    coordinator.onHello = (hello) => hellos.push(hello.resumeToken);
    const lost: string[] = [];
    session.on('disconnected', (reason) => lost.push(reason.code));
    session.start();
    await clock.runUntil(() => session.state === 'open');
    const resumeTokens: string[] = [];
    const from = clock.now();
    network.open[0]?.pause();
    await clock.runUntil(() => lost.length > 0);
    expect(lost).toEqual(['silent']);
    expect(clock.now() - from).toBeLessThanOrEqual(5000);
    coordinator.onJoined = (server) => resumeTokens.push(server.member ?? '');
    await clock.runUntil(() => session.state === 'open');
    expect(resumeTokens).toEqual(['m1']);
    expect(hellos).toEqual(['', 'resume-1']);
  });

  it('drops a silent member, and says so to the coordinator', async () => {
    const { clock, network, coordinator, session } = setup({}, {});
    session.start();
    await clock.runUntil(() => session.state === 'open');
    // The member's messages no longer come through, although the connection stands.
    network.open[0]?.pause();
    await clock.runUntil(() => coordinator.closed.length > 0);
    expect(coordinator.closed[0]).toMatch(/^silent: nothing was heard .* for 3 s/);
  });

  it('waits for a coordinator that is not up yet, backing off', async () => {
    const clock = new VirtualClock();
    const network = new MemoryNetwork(clock);
    const session = member(clock, () => network.dial());
    const waits: number[] = [];
    session.on('disconnected', (reason, wait) => {
      expect(reason.code).toBe('unreachable');
      waits.push(wait);
    });
    session.start();
    await clock.advance(30_000);
    expect(waits.slice(0, 4)).toEqual([75, 150, 300, 600]);
    expect(Math.max(...waits)).toBeLessThanOrEqual(5000);
    const coordinator = new FakeCoordinator(clock);
    network.listen(coordinator.accept);
    await clock.runUntil(() => session.state === 'open');
  });
});
