import { afterEach, beforeAll, expect, it } from 'vitest';
import { describeRun } from '../../coordinator/run/description.ts';
import { DatasetFile } from '../../node/data/block-file.ts';
import { ingest } from '../../node/data/ingest.ts';
import { readModel } from '../../shared/onnx/read.ts';
import { layoutOf } from '../../shared/parameters/layout-of.ts';
import { Reference } from '../../shared/parameters/reference.ts';
import { deltaId, versionedId } from '../../shared/protocol/blob-id.ts';
import { systemClock } from '../../shared/protocol/clock.ts';
import type { AssignmentMessage } from '../../shared/protocol/messages.ts';
import { ServerSession } from '../../shared/protocol/server-session.ts';
import { MemoryChannel } from '../../simulation/memory-transport.ts';
import { createMember } from '../../worker/create-member.ts';
import { ownTable } from '../../worker/data/own-table.ts';
import type { Member } from '../../worker/member.ts';
import { DIGITS, temporaryFolder } from '../support/digits.ts';
import { digitTables, federatedJob } from '../support/federated.ts';

const idOf = (number: number): string => versionedId(1, number, 'reference', 'f32');
const delta = (number: number): string => deltaId({ id: idOf(number), codec: 'int8' });

let blobs: Readonly<Record<string, string>>;
let contents: ReadonlyMap<string, Uint8Array>;
let reference: Reference;
let table: string;
let member: Member | undefined;

beforeAll(async () => {
  const job = federatedJob();
  const classes = 'classes' in job.data.target ? job.data.target.classes : undefined;
  const { directory } = await ingest(job.data, DIGITS, temporaryFolder(), job.seed, {
    declared: { classes },
  });
  const data = await DatasetFile.open(directory);
  const run = describeRun(job, data, undefined);
  data.close();
  blobs = run.blobs;
  contents = new Map(Object.values(blobs).map((hash) => [hash, run.blob(hash)!]));
  reference = new Reference(layoutOf(readModel(contents.get(blobs['model']!)!)));
  table = digitTables(8)[0]!;
});
afterEach(async () => {
  await member?.leave();
  member = undefined;
});

/**
 * What a participant says of the assignments of a coordinator that has these vectors: `done`, or why it could not do them.
 *
 * @param chains number of the weights of each assignment, and of those from which it says that deltas lead there
 */
async function answers(
  vectors: Readonly<Record<string, Uint8Array>>,
  chains: readonly { readonly weights: number; readonly bases: readonly number[] }[],
): Promise<{ readonly said: string[]; readonly asked: string[] }> {
  const asked: string[] = [];
  const channel = MemoryChannel.pair(systemClock);
  const session = new ServerSession(channel.coordinator, {
    authenticate: () => true,
    blob: (id) => {
      if (!contents.has(id)) asked.push(id);
      return contents.get(id) ?? vectors[id];
    },
    welcome: () => ({
      ...{ run: 'run', runName: 'clinics', incarnation: 1, member: 'm1', resumeToken: 'm1.x' },
      ...{ heartbeatMs: 60_000, chunkBytes: 65_536, blobs },
    }),
  });
  session.on('update', (offer) => {
    void offer.accept().then(() => offer.acknowledge('received'));
  });
  member = await createMember({
    dial: async () => channel.member,
    ...{ token: 'token', name: 'site', engine: 'cpu', threads: 1, cache: temporaryFolder() },
    own: ownTable(table, temporaryFolder()),
  });
  const said: string[] = [];
  const next = () =>
    new Promise<void>((resolve) => {
      const off = [
        member!.on('done', () => finish('done')),
        member!.on('failed', ({ message }) => finish(message)),
      ];
      const finish = (what: string): void => {
        for (const stop of off) stop();
        said.push(what);
        resolve();
      };
    });
  const ready = new Promise<void>((resolve) => session.once('ready', () => resolve()));
  member.start();
  await ready;
  for (const [index, { weights, bases }] of chains.entries()) {
    const assignment: Omit<AssignmentMessage, 'incarnation'> = {
      ...{ id: `a${index}`, version: index, round: index, deadline: Number.POSITIVE_INFINITY },
      work: { kind: 'own', epochs: 1, batch: 0 },
      ...{ terms: {}, sections: [], local: [], learningRate: 0.1, order: 0, vectors: {}, codec: 'f32' },
      weights: idOf(weights),
      reference: { codec: 'int8', bases: bases.map(idOf) },
      uploadCredit: 0,
      counted: '',
    };
    const answered = next();
    session.assign(assignment);
    await answered;
  }
  return { said, asked };
}

it('a delta of another size is not added, and the weights are asked for whole the next time', async () => {
  const whole = new Uint8Array(reference.wholeBytes);
  const { said, asked } = await answers(
    { [idOf(1)]: whole, [idOf(3)]: whole, [delta(2)]: new Uint8Array(reference.deltaBytes('int8') - 1) },
    [
      { weights: 1, bases: [] },
      { weights: 2, bases: [1] },
      { weights: 3, bases: [1, 2] },
    ],
  );
  expect(said).toEqual([
    'done',
    expect.stringMatching(/The step to \S+ has \d+ bytes; as int8 it takes \d+/),
    'done',
  ]);
  expect(asked).toEqual([idOf(1), delta(2), idOf(3)]);
});

it('a delta that is announced as larger than the model is refused before memory is taken for it', async () => {
  const { said } = await answers(
    { [idOf(1)]: new Uint8Array(reference.wholeBytes), [delta(2)]: new Uint8Array(64 << 20) },
    [
      { weights: 1, bases: [] },
      { weights: 2, bases: [1] },
    ],
  );
  expect(said).toEqual([
    'done',
    expect.stringMatching(`67108864 bytes is above the limit of ${reference.wholeBytes}`),
  ]);
});

it('deltas from weights that the participant does not hold are not fetched: it takes those weights whole', async () => {
  const whole = new Uint8Array(reference.wholeBytes);
  const { said, asked } = await answers({ [idOf(1)]: whole, [idOf(9)]: whole }, [
    { weights: 1, bases: [] },
    { weights: 9, bases: [7, 8] },
    { weights: 9, bases: [] },
  ]);
  expect(said).toEqual(['done', 'done', 'done']);
  // The third starts from what it holds.
  expect(asked).toEqual([idOf(1), idOf(9)]);
});
