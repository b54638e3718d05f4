import { describe, expect, it } from 'vitest';
import type { CoordinatorEvents } from '../../coordinator/events.ts';
import type { Channel } from '../../shared/protocol/channel.ts';
import { systemClock } from '../../shared/protocol/clock.ts';
import { MemoryChannel } from '../../simulation/memory-transport.ts';
import type { MemberEvents } from '../../worker/events.ts';
import type { Member } from '../../worker/member.ts';
import { Cluster } from '../support/cluster.ts';
import { digitsData, digitsJob } from '../support/digits.ts';

const data = await digitsData();

/** Resolves with the values of the first event that fits. */
function first<Values extends readonly unknown[]>(
  on: (handler: (...values: Values) => void) => () => void,
  fits: (...values: Values) => boolean = () => true,
): Promise<Values> {
  return new Promise((resolve) => {
    const off = on((...values) => {
      if (!fits(...values)) return;
      off();
      resolve(values);
    });
  });
}

const firstWork = (member: Member): Promise<unknown> =>
  first<MemberEvents['done']>((handler) => member.on('done', handler));

describe('members come and go', () => {
  it('counts a member that joins in the middle from its next assignment', async () => {
    const cluster = await Cluster.open(digitsJob({ epochs: 8 }), data);
    // The run may not be over before the second one is there, which starts a thread and compiles the model first.
    let delayMs = 0;
    const dial = async (): Promise<Channel> => {
      const pair = MemoryChannel.pair(systemClock, { delay: () => delayMs });
      cluster.coordinator.accept(pair.coordinator);
      return pair.member;
    };
    await cluster.join('early', { dial });
    cluster.coordinator.start();
    await first<CoordinatorEvents['round']>(
      (handler) => cluster.coordinator.on('round', handler),
      (report) => report.round >= 5,
    );
    delayMs = 250;
    const late = await cluster.join('late');
    await firstWork(late);
    delayMs = 0;
    const [report] = await first<CoordinatorEvents['round']>(
      (handler) => cluster.coordinator.on('round', handler),
      ({ members }) => members.length === 2,
    );
    expect(report.examples).toBe(64);
    expect((await cluster.coordinator.finished).reason).toBe('completed');
    await cluster.close();
  });

  it('waits when all members are gone, says so, and goes on when one comes back', async () => {
    const cluster = await Cluster.open(digitsJob({ epochs: 6 }), data);
    const gone = await cluster.join('first');
    cluster.coordinator.start();
    await first<CoordinatorEvents['round']>(
      (handler) => cluster.coordinator.on('round', handler),
      (report) => report.round >= 10,
    );
    const waiting = first<CoordinatorEvents['waiting']>((handler) =>
      cluster.coordinator.on('waiting', handler),
    );
    await gone.leave();
    expect((await waiting)[0]).toMatch(/member/);
    const version = cluster.coordinator.version;
    const next = first<CoordinatorEvents['round']>((handler) => cluster.coordinator.on('round', handler));
    await cluster.join('second');
    expect((await next)[0].version).toBe(version + 1);
    expect((await cluster.coordinator.finished).reason).toBe('completed');
    await cluster.close();
  });

  it('refuses a wrong token with the reason, and the member ends', async () => {
    const cluster = await Cluster.open(digitsJob(), data);
    const stranger = await cluster.join('stranger', { token: 'guessed' });
    const closed = first<MemberEvents['closed']>((handler) => stranger.on('closed', handler));
    const [refusal] = await first<MemberEvents['refused']>((handler) => stranger.on('refused', handler));
    expect(refusal.code).toBe('token');
    expect(refusal.message).toMatch(/token/);
    await closed;
    await cluster.close();
  });

  it('reads every example once per epoch, whoever comes or goes', async () => {
    const cluster = await Cluster.open(digitsJob({ epochs: 5 }), data);
    const leaver = await cluster.join('leaver');
    await cluster.join('stayer');
    const examples = new Map<number, number>();
    cluster.coordinator.on('round', (report) => {
      examples.set(report.epoch, (examples.get(report.epoch) ?? 0) + report.examples);
    });
    cluster.coordinator.start();
    await first<CoordinatorEvents['round']>(
      (handler) => cluster.coordinator.on('round', handler),
      (report) => report.round >= 30,
    );
    await leaver.leave();
    await cluster.join('newcomer');
    expect((await cluster.coordinator.finished).reason).toBe('completed');
    const rows = data.manifest.rows - data.manifest.test.rows;
    expect([...examples.values()]).toEqual([rows, rows, rows, rows, rows]);
    await cluster.close();
  });
});
