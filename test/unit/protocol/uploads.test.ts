import { describe, expect, it } from 'vitest';
import type { Pieces } from '../../../shared/parameters/pieces.ts';
import { MemoryNetwork } from '../../../simulation/memory-transport.ts';
import { VirtualClock } from '../../../simulation/virtual-clock.ts';
import { collectGarbage } from '../../support/garbage.ts';
import { FakeCoordinator, member, pseudoRandomBytes, updateOf } from './harness.ts';

describe('UpdateOffer', () => {
  it('gives the memory of an update back when it is answered, and not before', async () => {
    const clock = new VirtualClock(1_000_000);
    const network = new MemoryNetwork(clock, {});
    const coordinator = new FakeCoordinator(clock, { chunkBytes: 64 << 10 });
    const released: Uint8Array[] = [];
    const before: number[] = [];
    let kept: Pieces = [];
    coordinator.onUpdate = (offer) => {
      void offer.accept().then((payload) => {
        kept = [...payload];
        before.push(released.length);
        offer.acknowledge('received');
        offer.acknowledge('received');
      });
    };
    network.listen((channel) =>
      coordinator.accept(
        Object.assign(channel, { release: (bytes: Uint8Array) => void released.push(bytes) }),
      ),
    );
    const session = member(clock, () => network.dial());
    session.start();
    let done = false;
    const payload = pseudoRandomBytes(150_000);
    void session.upload(updateOf(payload, 'a1'), payload).then(() => {
      done = true;
    });
    await clock.runUntil(() => done);
    expect(before).toEqual([0]);
    expect(released).toEqual(kept);
    expect(released).toHaveLength(3);
  });
});

describe('UploadStore', () => {
  it('does not keep the payloads of acknowledged updates: the coordinator grew by one update per upload', async () => {
    const clock = new VirtualClock(1_000_000);
    const network = new MemoryNetwork(clock, {});
    const coordinator = new FakeCoordinator(clock);
    const payloads: WeakRef<Pieces>[] = [];
    coordinator.onUpdate = (offer) => {
      void offer.accept().then((payload) => {
        payloads.push(new WeakRef(payload));
        offer.acknowledge('received');
      });
    };
    network.listen(coordinator.accept);
    const session = member(clock, () => network.dial());
    session.start();
    let done = 0;
    for (let index = 0; index < 5; index++) {
      const payload = pseudoRandomBytes(8_000, index + 1);
      void session.upload(updateOf(payload, `a${index}`), payload).then(() => done++);
    }
    await clock.runUntil(() => done === 5);
    // A WeakRef holds its target until the turn of the event loop that made it is over.
    await new Promise((resolve) => setImmediate(resolve));
    collectGarbage();
    expect(payloads.map((reference) => reference.deref())).toEqual(Array(5).fill(undefined));
  });
});
