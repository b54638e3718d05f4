import { describe, expect, it } from 'vitest';
import type { Pieces } from '../../../shared/parameters/pieces.ts';
import { MemoryNetwork } from '../../../simulation/memory-transport.ts';
import { VirtualClock } from '../../../simulation/virtual-clock.ts';
import { collectGarbage } from '../../support/garbage.ts';
import { FakeCoordinator, member, pseudoRandomBytes, updateOf } from './harness.ts';

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
