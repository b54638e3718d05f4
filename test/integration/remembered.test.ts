import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { Coordinator } from '../../coordinator/coordinator.ts';
import { describeRun } from '../../coordinator/run/description.ts';
import { createRun, openRun } from '../../coordinator/store/sqlite-store.ts';
import type { RunStore } from '../../coordinator/store/store.ts';
import { DatasetFile } from '../../node/data/block-file.ts';
import { ingest } from '../../node/data/ingest.ts';
import { declaredBy } from '../../shared/data/declared.ts';
import { systemClock } from '../../shared/protocol/clock.ts';
import { ChannelError } from '../../shared/protocol/errors.ts';
import { MemoryChannel } from '../../simulation/memory-transport.ts';
import { createMember } from '../../worker/create-member.ts';
import { ownTable } from '../../worker/data/own-table.ts';
import type { Member } from '../../worker/member.ts';
import { statesBelow } from '../../worker/memory/states-on-disk.ts';
import { DIGITS, temporaryFolder } from '../support/digits.ts';
import { digitTables, federatedJob } from '../support/federated.ts';

const SITES = 3;
const JOB = federatedJob({
  strategy: { kind: 'scaffold', learningRate: 1, epochs: 1, population: SITES },
  members: { minimum: SITES, assignment: 'equal' },
  rounds: 6,
  evaluate: { every: { rounds: 6 }, participants: 100 },
});

/** A run whose coordinator and members may go at any moment and come back. */
class Troubled {
  readonly members = new Map<number, Member>();
  private readonly resumeTokens = new Map<number, string>();
  private readonly tables = digitTables(SITES);
  private readonly caches = this.tables.map(() => temporaryFolder());
  private readonly states = this.tables.map(() => temporaryFolder());
  private coordinator: Coordinator | undefined;
  store!: RunStore;

  constructor(
    private readonly directory: string,
    private readonly data: DatasetFile,
  ) {}

  async open(store: RunStore): Promise<Coordinator> {
    this.store = store;
    const description = describeRun(JOB, this.data, undefined);
    this.coordinator = await Coordinator.open({ description, store, token: 'token' });
    return this.coordinator;
  }

  /** As after kill -9: nothing more is written. */
  async restart(): Promise<Coordinator> {
    const { coordinator, store } = this;
    this.coordinator = undefined;
    await coordinator!.close();
    store.close();
    return this.open(openRun(this.directory));
  }

  async join(site: number, watch: (member: Member) => void = () => undefined): Promise<void> {
    const resumeToken = this.resumeTokens.get(site);
    const member = await createMember({
      dial: async () => {
        if (!this.coordinator) throw new ChannelError({ code: 'lost', message: 'nobody is there' });
        const pair = MemoryChannel.pair(systemClock);
        this.coordinator.accept(pair.coordinator);
        return pair.member;
      },
      ...{ token: 'token', name: `site-${site}`, engine: 'cpu', threads: 1 },
      cache: this.caches[site]!,
      own: ownTable(this.tables[site]!, this.caches[site]!),
      states: this.states[site]!,
      ...(resumeToken !== undefined && { resumeToken }),
    });
    this.members.set(site, member);
    member.on('joined', (welcome) => this.resumeTokens.set(site, welcome.resumeToken));
    member.on('forgot', (counted) => {
      throw new Error(`site ${site} forgot ${counted}`);
    });
    watch(member);
    member.start();
  }

  /** cᵢ as the site remembers it of its last update that counts. */
  async control(site: number): Promise<Float32Array> {
    const [member] = this.resumeTokens.get(site)!.split('.');
    const counted = this.store.lastCommitted().get(member!)!;
    // What a participant encodes is a matter of the recipe and the form of the rows: who offers them is not looked at.
    const { recipe } = describeRun(JOB, this.data, undefined);
    const { manifest } = this.data;
    const { directory } = await ingest(
      { ...recipe.data, source: this.tables[site]! },
      '',
      this.caches[site]!,
      recipe.seed,
      { declared: declaredBy(manifest) },
    );
    const own = await DatasetFile.open(directory);
    own.close();
    const states = await statesBelow(this.states[site]!)('run', own.manifest.hash);
    return (await states.read(counted))!.get('member.control')!;
  }

  async close(): Promise<void> {
    await Promise.all([...this.members.values()].map((member) => member.leave()));
    await this.coordinator?.close();
    this.store.close();
  }
}

let run: Troubled | undefined;
afterEach(async () => {
  await run?.close();
  run = undefined;
});

it("SCAFFOLD's control variates are the members' own, after a member and a coordinator died in the middle of rounds", async () => {
  const { target } = JOB.data;
  const declared = { classes: 'classes' in target ? target.classes : undefined };
  const options = { declared, heldOut: 'all' as const };
  const { directory } = await ingest(JOB.data, DIGITS, temporaryFolder(), JOB.seed, options);
  const folder = join(temporaryFolder(), 'run');
  const record = { id: 'run', name: 'run', createdAt: 0, jobText: '', jobHash: '', dataHash: '' };
  const troubled = new Troubled(folder, await DatasetFile.open(directory));
  run = troubled;
  const first = await troubled.open(createRun(folder, record));
  first.start();
  await troubled.join(1);
  await troubled.join(2);
  // Its state is written, its update is not sent: it goes, and comes back as the same member.
  const back = new Promise<void>((resolve, reject) => {
    void troubled.join(0, (member) => {
      member.on('sending', ({ round, work }) => {
        if (work.kind !== 'own' || round !== 1) return;
        member
          .leave()
          .then(() => troubled.join(0))
          .then(resolve, reject);
      });
    });
  });
  await back;
  // The first update of a later round is added to the sums, and the coordinator dies with them.
  let lost = 0;
  const second = await new Promise<Coordinator>((resolve, reject) => {
    first.on('update', (status) => {
      if (status !== 'added' || first.round < 2 || lost > 0) return;
      lost = first.round;
      troubled.restart().then(resolve, reject);
    });
  });
  second.start();
  expect((await second.finished).reason).toBe('completed');
  const again = troubled.store
    .books()
    .filter(({ round, status }) => round === lost && status === 'committed');
  expect(again.map(({ incarnation }) => incarnation)).toEqual([2, 2, 2]);
  const controls = await Promise.all([0, 1, 2].map((site) => troubled.control(site)));
  const { vectors } = (await troubled.store.latest())!.checkpoint;
  const server = vectors.find(({ name }) => name === 'server.control')!.data;
  const mean = server.map((_, index) => controls.reduce((sum, one) => sum + one[index]!, 0) / SITES);
  const norm = (values: Float32Array): number => Math.hypot(...values);
  expect(norm(server)).toBeGreaterThan(0.01);
  expect(norm(server.map((value, index) => value - mean[index]!)) / norm(server)).toBeLessThan(1e-5);
});
