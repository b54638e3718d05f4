import { join } from 'node:path';
import { Coordinator } from '../../coordinator/coordinator.ts';
import { describeRun } from '../../coordinator/run/description.ts';
import type { OpenRun } from '../../coordinator/run/open.ts';
import { createRun } from '../../coordinator/store/sqlite-store.ts';
import type { RunStore } from '../../coordinator/store/store.ts';
import type { DatasetFile } from '../../node/data/block-file.ts';
import type { Job } from '../../shared/job/job.ts';
import { systemClock } from '../../shared/protocol/clock.ts';
import { MemoryChannel } from '../../simulation/memory-transport.ts';
import { createMember, type NodeMemberOptions } from '../../worker/create-member.ts';
import type { Member } from '../../worker/member.ts';
import { temporaryFolder } from './digits.ts';

export const TOKEN = 'a-token-for-tests';

/** A coordinator and members in this process: real trainer threads, a real store, channels in memory. */
export class Cluster {
  readonly members: Member[] = [];
  readonly cache = temporaryFolder();

  private constructor(
    readonly coordinator: Coordinator,
    readonly store: RunStore,
  ) {}

  static async open(job: Job, data: DatasetFile, id = 'test-run'): Promise<Cluster> {
    const store = createRun(join(temporaryFolder(), id), {
      id,
      name: job.name,
      createdAt: Date.now(),
      jobText: '',
      jobHash: '',
      dataHash: data.manifest.hash,
    });
    const description = describeRun(job, data, undefined);
    return new Cluster(await Coordinator.open({ description, store, token: TOKEN }), store);
  }

  /** Of a run that was opened as the command line does: members show its token. */
  static async coordinate({ description, store, token }: OpenRun): Promise<Cluster> {
    return new Cluster(await Coordinator.open({ description, store, token }), store);
  }

  async join(name: string, options: Partial<NodeMemberOptions> = {}): Promise<Member> {
    const member = await createMember({
      dial: async () => {
        const pair = MemoryChannel.pair(systemClock);
        this.coordinator.accept(pair.coordinator);
        return pair.member;
      },
      token: TOKEN,
      name,
      engine: 'cpu',
      threads: 1,
      cache: this.cache,
      ...options,
    });
    this.members.push(member);
    member.start();
    return member;
  }

  async close(): Promise<void> {
    await Promise.all(this.members.map((member) => member.leave()));
    await this.coordinator.close();
    this.store.close();
  }
}
