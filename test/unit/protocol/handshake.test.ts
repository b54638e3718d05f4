import { describe, expect, it } from 'vitest';
import { Decoder } from '../../../shared/protocol/decode.ts';
import { encodeMessage } from '../../../shared/protocol/encode.ts';
import { tributary } from '../../../shared/protocol/gen/wire.js';
import { DEFAULT_LIMITS } from '../../../shared/protocol/limits.ts';
import type { FinalRefusal } from '../../../shared/protocol/member-session.ts';
import type { Message } from '../../../shared/protocol/messages.ts';
import { MemoryChannel } from '../../../simulation/memory-transport.ts';
import { VirtualClock } from '../../../simulation/virtual-clock.ts';
import { FakeCoordinator, INTRODUCTION, member } from './harness.ts';

const HELLO: Message = {
  type: 'hello',
  protocol: 1,
  resumeToken: '',
  window: 1 << 20,
  checksums: false,
  ...INTRODUCTION,
};

/** A coordinator's session, and the raw channel of a peer that speaks to it. */
function rawPeer(options: ConstructorParameters<typeof FakeCoordinator>[1] = {}) {
  const clock = new VirtualClock();
  const coordinator = new FakeCoordinator(clock, options);
  const pair = MemoryChannel.pair(clock);
  coordinator.accept(pair.coordinator);
  const received: unknown[] = [];
  const decoder = new Decoder(DEFAULT_LIMITS);
  pair.member.onMessage((bytes) => received.push(decoder.decode(bytes)));
  return { clock, coordinator, channel: pair.member, received };
}

/** A member's session, and the raw channel of a coordinator that answers it. */
async function rawCoordinator(answer: Uint8Array) {
  const clock = new VirtualClock();
  const pair = MemoryChannel.pair(clock);
  const session = member(clock, async () => pair.member);
  const refusals: FinalRefusal[] = [];
  const lost: string[] = [];
  session.on('refused', (refusal) => refusals.push(refusal));
  session.on('disconnected', (reason) => lost.push(reason.message));
  pair.coordinator.onMessage(() => pair.coordinator.send(answer));
  session.start();
  await clock.advance(50);
  return { session, refusals, lost };
}

describe('a coordinator', () => {
  it('refuses another protocol version, naming both and what to do', async () => {
    const { clock, channel, received, coordinator } = rawPeer();
    channel.send(tributary.v1.Envelope.encode({ hello: { protocol: 2, name: 'from the future' } }).finish());
    await clock.advance(1);
    expect(received).toEqual([
      {
        type: 'refuse',
        code: 'version',
        protocol: 1,
        message: expect.stringMatching(
          /coordinator speaks protocol version 1, the member version 2: install/,
        ),
      },
    ]);
    expect(coordinator.closed).toHaveLength(1);
  });

  it('refuses a wrong token', async () => {
    const { clock, channel, received } = rawPeer();
    channel.send(encodeMessage({ ...HELLO, token: 'guess' } as Message));
    await clock.advance(1);
    expect(received).toMatchObject([{ type: 'refuse', code: 'token' }]);
  });

  it('passes on why it does not take a member', async () => {
    const { clock, channel, received } = rawPeer({
      welcome: () => ({ code: 'full', message: 'the run has its 3 members' }),
    });
    channel.send(encodeMessage(HELLO));
    await clock.advance(1);
    expect(received).toMatchObject([{ type: 'refuse', code: 'full', message: 'the run has its 3 members' }]);
  });

  it.each<[string, Message[]]>([
    ['another first message', [{ type: 'heartbeat', sent: 0 }]],
    ['a second Hello', [HELLO, HELLO]],
    ['a message of a coordinator', [HELLO, { type: 'committed', version: 1 }]],
    [
      'an offered blob',
      [
        HELLO,
        { type: 'offer', transfer: 1, size: 1, content: { kind: 'blob', id: 'a'.repeat(64), offset: 0 } },
      ],
    ],
  ])('closes on %s, with a message', async (_what, messages) => {
    const { clock, channel, received, coordinator } = rawPeer();
    for (const message of messages) {
      channel.send(encodeMessage(message));
      await clock.advance(1);
    }
    expect(received.at(-1)).toMatchObject({ type: 'refuse', code: 'invalid' });
    expect(coordinator.closed[0]).toMatch(/^protocol: /);
  });

  it('does not wait for a Hello for ever', async () => {
    const { clock, received, coordinator } = rawPeer({ handshakeMs: 5000 });
    await clock.advance(5001);
    expect(received).toMatchObject([{ type: 'refuse', message: 'no Hello came in time' }]);
    expect(coordinator.closed).toHaveLength(1);
    expect(clock.pending).toBe(0);
  });

  it('closes on a peer that lets its answers pile up', async () => {
    const clock = new VirtualClock();
    const coordinator = new FakeCoordinator(clock);
    const pair = MemoryChannel.pair(clock, { highWater: 1000 });
    coordinator.accept(pair.coordinator);
    pair.member.onMessage(() => undefined);
    pair.member.pause();
    pair.member.send(encodeMessage(HELLO));
    for (let index = 0; index < 20_000 && coordinator.closed.length === 0; index++) {
      pair.member.send(encodeMessage({ type: 'want', id: index.toString(16).padStart(64, '0'), offset: 0 }));
      if (index % 100 === 0) await clock.advance(1);
    }
    expect(coordinator.closed[0]).toContain('has stopped reading');
  });
});

describe('a member', () => {
  it('raises that the coordinator speaks another protocol version', async () => {
    const welcome = encodeMessage({
      type: 'welcome',
      protocol: 2,
      run: 'r',
      runName: 'r',
      incarnation: 1,
      member: 'm',
      resumeToken: '',
      heartbeatMs: 1000,
      chunkBytes: 1000,
      blobs: {},
      now: 0,
      checksums: false,
    });
    const { session, refusals } = await rawCoordinator(welcome);
    expect(refusals).toEqual([
      {
        code: 'version',
        message: expect.stringMatching(/coordinator speaks protocol version 2, the member version 1/),
      },
    ]);
    expect(session.state).toBe('closed');
  });

  it('raises the coordinator’s refusal, and rejects what waits', async () => {
    const answer = encodeMessage({
      type: 'refuse',
      code: 'finished',
      message: 'the run is over',
      protocol: 1,
    });
    const { session, refusals } = await rawCoordinator(answer);
    expect(refusals).toEqual([{ code: 'finished', message: 'the run is over' }]);
    await expect(session.fetch('a'.repeat(64))).rejects.toThrow('closed');
  });

  it('tries again after an answer that breaks the protocol', async () => {
    const { session, lost } = await rawCoordinator(Uint8Array.of(0xff));
    expect(lost[0]).toContain('the coordinator broke the protocol');
    expect(session.state).not.toBe('closed');
    session.close();
  });
});
