import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Recollection } from '../../../../worker/memory/recollection.ts';
import { STATES_KEPT, type StateStore, StatesInMemory } from '../../../../worker/memory/state-store.ts';
import { StatesOnDisk, statesBelow } from '../../../../worker/memory/states-on-disk.ts';
import { temporaryFolder } from '../../../support/digits.ts';

const state = (value: number) => new Map([['member.control', Float32Array.of(value)]]);
const noLoss = (counted: string): void => {
  throw new Error(`the state of ${counted} is lost`);
};

/** What may become of a round's work on its way. */
type Fate =
  /** Counted, and the member told so. */
  | 'counted'
  /** Refused, late, or its member was not waited for. */
  | 'discarded'
  /** The member's process dies when the state is written, before its update leaves. */
  | 'dies-before-sending'
  /** Its update counts, but the process dies before it hears of it. */
  | 'dies-unaware'
  /** The process dies while it computes. */
  | 'dies-computing'
  /** It counts, and then the coordinator dies and goes back to the commit before. */
  | 'rolled-back';

const FATES: readonly Fate[] = [
  'counted',
  'discarded',
  'dies-before-sending',
  'dies-unaware',
  'dies-computing',
  'rolled-back',
];

/** A member whose control variate grows by another power of two in each round, and a server that sums what it counts. */
class Run {
  private server = { sum: 0, counted: '' };
  /** In the trainer's memory: it dies with the process. */
  private trainer = 0;
  private recollection: Recollection;

  private constructor(
    private readonly reopen: () => Promise<StateStore>,
    store: StateStore,
  ) {
    this.recollection = new Recollection(store, noLoss);
  }

  static async start(reopen: () => Promise<StateStore>): Promise<Run> {
    return new Run(reopen, await reopen());
  }

  async round(number: number, fate: Fate): Promise<void> {
    const assignment = `1-${number}`;
    await this.expectInStep();
    const committed = this.server;
    const change = 2 ** number;
    this.trainer += change;
    if (fate === 'dies-computing') return this.die();
    await this.recollection.after(assignment, state(this.trainer));
    if (fate === 'dies-before-sending') return this.die();
    if (fate === 'discarded') return;
    this.server = { sum: committed.sum + change, counted: assignment };
    if (fate === 'rolled-back') this.server = committed;
    if (fate === 'dies-unaware') return this.die();
  }

  /** As an assignment begins: what the member goes on from is what the server counted of it. */
  async expectInStep(): Promise<void> {
    const remembered = await this.recollection.before(this.server.counted);
    if (remembered) this.trainer = remembered.get('member.control')?.[0] ?? 0;
    expect(this.trainer).toBe(this.server.sum);
  }

  private async die(): Promise<void> {
    this.trainer = 0;
    this.recollection = new Recollection(await this.reopen(), noLoss);
  }
}

describe('what a participant remembers', () => {
  it('is what the server counted, whoever dies when', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom(...FATES), { maxLength: 20 }), async (fates) => {
        const open = statesBelow(temporaryFolder());
        const run = await Run.start(() => open('run', 'rows'));
        for (const [number, fate] of fates.entries()) await run.round(number, fate);
        await run.expectInStep();
      }),
      { numRuns: 40 },
    );
  });

  it('of each fate alone, between two rounds that count', async () => {
    for (const fate of FATES) {
      const folder = temporaryFolder();
      const run = await Run.start(() => StatesOnDisk.open(folder));
      await run.round(0, 'counted');
      await run.round(1, fate);
      await run.round(2, 'counted');
      await run.expectInStep();
    }
  });

  it('is sent to the trainer only when that holds another one', async () => {
    const recollection = new Recollection(new StatesInMemory(), noLoss);
    expect(await recollection.before('')).toBeUndefined();
    await recollection.after('1-1', state(1));
    expect(await recollection.before('1-1')).toBeUndefined();
    expect(await recollection.before(undefined)).toBeUndefined();
    await recollection.after('1-2', state(2));
    expect(await recollection.before('1-1')).toEqual(state(1));
    recollection.unsure();
    expect(await recollection.before('1-1')).toEqual(state(1));
    expect(await recollection.before('')).toEqual(new Map());
  });

  it('begins anew, and says so, when the state that counts is gone', async () => {
    const lost: string[] = [];
    const recollection = new Recollection(new StatesInMemory(), (counted) => lost.push(counted));
    expect(await recollection.before('1-9')).toEqual(new Map());
    expect(lost).toEqual(['1-9']);
  });
});

describe.each<[string, () => Promise<StateStore>]>([
  ['in memory', async () => new StatesInMemory()],
  ['on disk', () => StatesOnDisk.open(temporaryFolder())],
])('states %s', (_, open) => {
  it('are kept, the newest few and the one that counts', async () => {
    const store = await open();
    const names = Array.from({ length: STATES_KEPT + 2 }, (_, index) => `1-${index}`);
    for (const [index, name] of names.entries()) await store.write(name, state(index), ['1-0']);
    const read = await Promise.all(names.map((name) => store.read(name)));
    expect(read.map((one) => one?.get('member.control')?.[0])).toEqual([0, undefined, 2, 3, 4, 5]);
  });

  it('may be written anew under their name', async () => {
    const store = await open();
    await store.write('1-1', state(1), []);
    await store.write('1-1', state(2), []);
    expect(await store.read('1-1')).toEqual(state(2));
  });

  it('of nothing are states too', async () => {
    const store = await open();
    await store.write('1-1', new Map(), []);
    expect(await store.read('1-1')).toEqual(new Map());
    expect(await store.read('1-2')).toBeUndefined();
  });
});

describe('a folder of states', () => {
  it('is there after the process, without what was half written', async () => {
    const folder = temporaryFolder();
    const first = await StatesOnDisk.open(folder);
    await first.write('1-1', state(1), []);
    writeFileSync(join(folder, '000000000002-x.safetensors.partial'), 'half');
    const second = await StatesOnDisk.open(folder);
    await second.write('1-2', state(2), []);
    expect(await second.read('1-1')).toEqual(state(1));
    expect(await second.read('1-2')).toEqual(state(2));
    expect(readdirSync(folder)).toHaveLength(2);
  });

  it('keeps runs and rows apart, and no name from the network is a path', async () => {
    const folder = temporaryFolder();
    const open = statesBelow(folder);
    const name = '../../elsewhere/1-1';
    await (await open('../run', 'a')).write(name, state(1), []);
    expect(await (await open('../run', 'a')).read(name)).toEqual(state(1));
    expect(await (await open('../run', 'b')).read(name)).toBeUndefined();
    expect(await (await open('run', 'a')).read(name)).toBeUndefined();
    expect(readdirSync(folder)).toHaveLength(3);
  });

  it('says which file is damaged, and what to do', async () => {
    const folder = temporaryFolder();
    const store = await StatesOnDisk.open(folder);
    await store.write('1-1', state(1), []);
    const [file] = readdirSync(folder);
    writeFileSync(join(folder, file!), 'nonsense');
    await expect(store.read('1-1')).rejects.toThrow(/cannot be read: .*safetensors: .* Remove the file/);
  });
});
