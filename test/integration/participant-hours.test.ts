import { afterEach, expect, it } from 'vitest';
import { Participation } from '../../launch/participate/participation.ts';
import { RunState } from '../../launch/participate/run-state.ts';
import { DatasetFile } from '../../node/data/block-file.ts';
import { ingest } from '../../node/data/ingest.ts';
import type { Clock } from '../../shared/protocol/clock.ts';
import { systemClock } from '../../shared/protocol/clock.ts';
import { MemoryChannel } from '../../simulation/memory-transport.ts';
import { ownTable } from '../../worker/data/own-table.ts';
import { Hours } from '../../worker/participant/hours.ts';
import { Cluster, TOKEN } from '../support/cluster.ts';
import { DIGITS, temporaryFolder } from '../support/digits.ts';
import { digitTables, federatedJob } from '../support/federated.ts';

/** A clock that a test moves on: the hours of a day pass at once. */
class HandClock implements Clock {
  private readonly timers = new Set<{ readonly at: number; readonly run: () => void }>();

  constructor(private time: number) {}

  now(): number {
    return this.time;
  }

  setTimeout(run: () => void, milliseconds: number): unknown {
    const timer = { at: this.time + milliseconds, run };
    this.timers.add(timer);
    return timer;
  }

  clearTimeout(timer: unknown): void {
    this.timers.delete(timer as { at: number; run: () => void });
  }

  set(time: Date): void {
    this.time = time.getTime();
    for (const timer of [...this.timers]) {
      if (timer.at > this.time) continue;
      this.timers.delete(timer);
      timer.run();
    }
  }
}

let cluster: Cluster | undefined;
afterEach(() => cluster?.close());

it('a participant leaves when its hours end, and is back as the same one when they begin', async () => {
  const job = federatedJob({ rounds: 100_000 });
  const { directory } = await ingest(job.data, DIGITS, temporaryFolder(), job.seed, {
    declared: { classes: Array.from({ length: 10 }, (_, digit) => String(digit)) },
  });
  const opened = await Cluster.open(job, await DatasetFile.open(directory));
  cluster = opened;
  opened.coordinator.start();
  const clock = new HandClock(new Date(2026, 2, 10, 12).getTime());
  let dialed = 0;
  const participation = new Participation({
    member: {
      dial: async () => {
        dialed++;
        const pair = MemoryChannel.pair(systemClock);
        opened.coordinator.accept(pair.coordinator);
        return pair.member;
      },
      ...{ token: TOKEN, name: 'site', engine: 'cpu', threads: 1, cache: temporaryFolder() },
      own: ownTable(digitTables(8)[0]!, temporaryFolder()),
    },
    state: await RunState.open(temporaryFolder(), TOKEN),
    limits: { hours: Hours.parse('20-6') },
    coordinator: 'here',
    attended: false,
    clock,
    ask: async () => ({ agreed: true, by: '--yes', shown: '' }),
  });
  const ids: string[] = [];
  let worked = (): void => undefined;
  participation.on('member', (member) => {
    member.on('joined', ({ member: id }) => ids.push(id));
    member.on('done', () => worked());
  });
  const paused = (): Promise<Date> =>
    new Promise((resolve) => participation.once('pauses', (_, until) => resolve(until)));
  const works = (): Promise<void> =>
    new Promise((resolve) => {
      worked = resolve;
    });

  const before = paused();
  participation.start();
  expect(await before).toEqual(new Date(2026, 2, 10, 20));
  expect(dialed).toBe(0);

  const first = works();
  clock.set(new Date(2026, 2, 10, 20));
  await first;

  const over = paused();
  clock.set(new Date(2026, 2, 11, 6));
  expect(await over).toEqual(new Date(2026, 2, 11, 20));

  const again = works();
  clock.set(new Date(2026, 2, 11, 20));
  await again;
  expect(new Set(ids).size).toBe(1);
  expect(ids.length).toBe(2);

  participation.leave();
  expect(await participation.done).toMatchObject({ kind: 'left' });
});
