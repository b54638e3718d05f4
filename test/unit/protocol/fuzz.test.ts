import fc from 'fast-check';
import { expect, it } from 'vitest';
import { encodeMessage } from '../../../shared/protocol/encode.ts';
import type { Message } from '../../../shared/protocol/messages.ts';
import { MemoryNetwork } from '../../../simulation/memory-transport.ts';
import { VirtualClock } from '../../../simulation/virtual-clock.ts';
import { collectGarbage } from '../../support/garbage.ts';
import { message, mutated } from './arbitraries.ts';
import { expectSame, FakeCoordinator, INTRODUCTION, member, pseudoRandomBytes, updateOf } from './harness.ts';

const HELLO: Message = {
  type: 'hello',
  protocol: 1,
  resumeToken: '',
  window: 1 << 20,
  checksums: false,
  ...INTRODUCTION,
};

it('bears 10,000 random and mutated messages while an honest member works on', async () => {
  const clock = new VirtualClock();
  const network = new MemoryNetwork(clock, { delay: () => 1 });
  const coordinator = new FakeCoordinator(clock);
  network.listen(coordinator.accept);
  const honest = member(clock, () => network.dial());
  honest.start();
  const messages = fc.sample(message, { numRuns: 10_000, seed: 7 });
  let attacker = await network.dial();
  let closed = true;
  const open = async (greet: boolean): Promise<void> => {
    attacker = await network.dial();
    closed = false;
    attacker.onMessage(() => undefined);
    attacker.onClose(() => {
      closed = true;
    });
    if (greet) attacker.send(encodeMessage(HELLO));
  };
  const before = heapUsed();
  for (const [index, value] of messages.entries()) {
    if (closed) await open(index % 3 > 0);
    const bytes = encodeMessage(value);
    attacker.send(index % 2 === 0 ? bytes : mutated(bytes, index));
    await clock.advance(index % 4 === 0 ? 5 : 0);
    if (index % 1000 === 0) {
      const payload = pseudoRandomBytes(5000 & ~3, index + 1);
      const status = honest.upload(updateOf(payload, `honest-${index}`), payload);
      let done = false;
      void status.then(() => {
        done = true;
      });
      await clock.runUntil(() => done);
      expect(await status).toBe('received');
      expectSame(coordinator.updates.at(-1)?.payload, payload);
    }
  }
  attacker.break();
  await clock.advance(60_000);
  expect(honest.state).toBe('open');
  // One connection is left: the honest member's.
  expect(coordinator.sessions.length - coordinator.closed.length).toBe(1);
  expect(heapUsed() - before).toBeLessThan(150e6);
});

/** What nobody holds any more does not count, whenever it would be collected. */
function heapUsed(): number {
  collectGarbage();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
