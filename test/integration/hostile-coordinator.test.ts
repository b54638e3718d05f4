import { createHash } from 'node:crypto';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { describeRun } from '../../coordinator/run/description.ts';
import { type Ending, Participation } from '../../launch/participate/participation.ts';
import { readRecord } from '../../launch/participate/record.ts';
import { RunState } from '../../launch/participate/run-state.ts';
import { DatasetFile } from '../../node/data/block-file.ts';
import { ingest } from '../../node/data/ingest.ts';
import { nodeHasher } from '../../node/hasher.ts';
import { dialGrpc } from '../../node/transports/grpc-client.ts';
import { listenGrpc } from '../../node/transports/grpc-server.ts';
import { encodeList } from '../../shared/onnx/pieces/piece-list.ts';
import type { Work } from '../../shared/protocol/assignment.ts';
import type { Channel, Listener } from '../../shared/protocol/channel.ts';
import { tributary } from '../../shared/protocol/gen/wire.js';
import { ServerSession } from '../../shared/protocol/server-session.ts';
import { ownTable } from '../../worker/data/own-table.ts';
import type { LimitOptions } from '../../worker/participant/limits.ts';
import { DIGITS, temporaryFolder } from '../support/digits.ts';
import { digitTables, federatedJob } from '../support/federated.ts';
import { encode, floats, graph, ints, node } from '../unit/onnx/inspect/hostile-models.ts';

type Blobs = Readonly<Record<string, Uint8Array>>;

/** What a coordinator may hear of a participant that does not agree: nothing of its rows is in any of these. */
const HARMLESS = ['hello', 'heartbeat', 'want', 'accept', 'credit', 'done', 'leaving', 'ready', 'failed'];

let honest: Blobs;
let table: string;
const listeners: Listener[] = [];

beforeAll(async () => {
  const job = federatedJob();
  const { directory } = await ingest(job.data, DIGITS, temporaryFolder(), job.seed, {
    declared: { classes: Array.from({ length: 10 }, (_, digit) => String(digit)) },
  });
  const data = await DatasetFile.open(directory);
  const run = describeRun(job, data, undefined);
  honest = Object.fromEntries(Object.entries(run.blobs).map(([name, hash]) => [name, run.blob(hash)!]));
  data.close();
  table = digitTables(8)[0]!;
});
afterEach(async () => {
  for (const listener of listeners.splice(0)) await listener.close();
});

/** A coordinator over a real socket that says what a test wants. Welcomes differ from connection to connection. */
async function coordinator(
  offers: readonly { readonly blobs: Blobs; readonly run?: string }[],
  work?: Work,
): Promise<string> {
  let connections = 0;
  const listener = await listenGrpc({
    address: '127.0.0.1:0',
    insecure: true,
    onChannel: (channel: Channel) => {
      const { blobs, run = 'run' } = offers[Math.min(connections++, offers.length - 1)]!;
      const hashes = Object.fromEntries(Object.entries(blobs).map(([name, bytes]) => [name, sha256(bytes)]));
      const session = new ServerSession(channel, {
        hasher: nodeHasher,
        authenticate: () => true,
        blob: (id) => Object.values(blobs).find((bytes) => sha256(bytes) === id),
        welcome: () => ({
          ...{ run, runName: 'clinics', incarnation: 1, member: 'm1', resumeToken: 'm1.x' },
          ...{ heartbeatMs: 60_000, chunkBytes: 65_536, blobs: hashes },
        }),
      });
      session.on('ready', () => {
        if (!work) return session.close({ code: 'lost', message: 'gone' });
        session.assign({
          ...{ id: 'a1', version: 1, round: 0, work, deadline: Number.POSITIVE_INFINITY, incarnation: 1 },
          ...{ terms: {}, sections: [], local: [], learningRate: 0.1, order: 0 },
          ...{ weights: Object.values(hashes)[0]!, vectors: {}, codec: 'f32', uploadCredit: 1 << 20 },
        } as never);
      });
    },
  });
  listeners.push(listener);
  return listener.address;
}

/** A participant that agrees to all that its checks let through. */
async function participate(
  address: string,
  state: string,
  trust: Parameters<typeof dialGrpc>[0] = { address, insecure: true },
  limits: LimitOptions = {},
) {
  const said: tributary.v1.Envelope[] = [];
  const kept = await RunState.open(state, 'token');
  let asked = 0;
  const participation = new Participation({
    member: {
      dial: async () => listened(await dialGrpc(trust), said),
      ...{ token: 'token', name: 'site', engine: 'cpu', threads: 1, cache: temporaryFolder() },
      own: ownTable(table, temporaryFolder()),
    },
    state: kept,
    limits,
    coordinator: address,
    attended: false,
    ask: async () => {
      asked++;
      return { agreed: true, by: '--yes', shown: '' };
    },
  });
  participation.start();
  const ending: Ending = await participation.done;
  const { entries } = await readRecord(`${kept.folder}/record.jsonl`);
  return { ending, said, entries, asked };
}

function listened(channel: Channel, said: tributary.v1.Envelope[]): Channel {
  return {
    remote: channel.remote,
    intact: channel.intact,
    send: (message, taken) => {
      said.push(tributary.v1.Envelope.decode(new Uint8Array(message)));
      channel.send(message, taken);
    },
    drained: () => channel.drained(),
    close: (reason) => channel.close(reason),
    onMessage: (handler) => channel.onMessage(handler),
    onClose: (handler) => channel.onClose(handler),
  };
}

/** Refused with this reason by the participant, written down, and nothing was sent that was computed from rows. */
function expectRefused(result: Awaited<ReturnType<typeof participate>>, reason: RegExp): void {
  const { ending, said, entries } = result;
  expect(ending).toMatchObject({ kind: 'refused', refusal: { message: expect.stringMatching(reason) } });
  const refused = entries.filter((entry) => entry.event === 'refused');
  expect(refused).toMatchObject([{ by: 'this participant', reason: expect.stringMatching(reason) }]);
  expect(entries.filter((entry) => entry.event === 'sent')).toEqual([]);
  for (const envelope of said) expect(HARMLESS).toEqual(expect.arrayContaining(kindsOf(envelope)));
}

function kindsOf(envelope: tributary.v1.Envelope): string[] {
  const kinds = Object.entries(envelope).filter(([, value]) => value !== undefined && value !== null);
  expect(kinds.length).toBeGreaterThan(0);
  return kinds.map(([kind]) => kind);
}

const bomb = encode(
  graph(
    [node('ConstantOfShape', ['shape'], ['big']), node('Add', ['x', 'big'])],
    [ints('shape', [1, 1 << 30])],
  ),
);
const external = encode(
  graph(
    [node('Add', ['x', 'w'])],
    [
      {
        name: 'w',
        dataType: 1,
        dims: [4],
        dataLocation: 1,
        externalData: [{ key: 'location', value: '/etc/passwd' }],
      },
    ],
  ),
);

describe('a participant refuses, writes down why, and sends nothing', () => {
  it('a fingerprint that is not the coordinator’s, found before it heard a word: nobody else refused', async () => {
    const address = await coordinator([{ blobs: honest }]);
    const fingerprint = '0'.repeat(64);
    const result = await participate(address, temporaryFolder(), { address, fingerprint });
    expectRefused(result, /TLS/);
    expect(result.said).toEqual([]);
    expect(result.entries).toMatchObject([
      { event: 'refused', reason: expect.stringMatching(/^cannot join: /) },
    ]);
  });

  it.each([
    [
      'an operator that is not allowed',
      encode(graph([node('Evil', ['x'], ['y'], { domain: 'com.evil' })])),
      /Evil/,
    ],
    ['data in other files', external, /other file|external/],
    ['a bomb of 4 GB from less than 1 kB', bomb, /536,870,912|elements|memory/],
    ['what is no model', new Uint8Array([1, 2, 3]), /refused before anything of it was run/],
  ])('%s', async (_, model, reason) => {
    expect(model.length).toBeLessThan(1024);
    const result = await participate(await coordinator([{ blobs: { ...honest, model } }]), temporaryFolder());
    expectRefused(result, reason);
    expect(result.asked).toBe(0);
  });

  it.each([
    [
      'more frozen weights than it takes',
      2 ** 31,
      2 ** 31,
      /allowed are 1,073,741,824 \(limit 'bytes'\)\. Give --max-model to take more$/,
    ],
    [
      'more than --max-model allows',
      2 ** 31,
      2 ** 31,
      /allowed are 2,000,000,000 \(limit 'bytes'\)\. Give/,
      2e9,
    ],
    ['as much as --max-model allows, in a graph that is none', 2 ** 31, 2 ** 31, /do not broadcast/, 3e9],
    [
      'a list of pieces that are fewer than its tensors need',
      2 ** 16,
      2 ** 15,
      /its pieces have 32768: they are cut off/,
    ],
  ] as [string, number, number, RegExp, number?][])(
    '%s, before any of them is fetched',
    async (_, needed, there, reason, maxModel) => {
      const pieceBytes = 1 << 22;
      const pieces = Array.from({ length: Math.ceil(there / pieceBytes) }, (_, i) =>
        sha256(Uint8Array.of(i & 255, i >> 8)),
      );
      const list = encodeList({ bytes: there, pieceBytes, pieces });
      const entries = { location: sha256(list), offset: '0', length: String(needed) };
      const externalData = Object.entries(entries).map(([key, value]) => ({ key, value }));
      const w = { name: 'w', dataType: 1, dims: [needed / 4], dataLocation: 1, externalData };
      const model = encode(graph([node('Add', ['x', 'w'])], [w]));
      const blobs = { ...honest, model, list };
      const result = await participate(await coordinator([{ blobs }]), temporaryFolder(), undefined, {
        maxModel,
      });
      expectRefused(result, reason);
      const wanted = result.said.flatMap(({ want }) => (want ? [want.id] : []));
      expect(wanted.sort()).toEqual(Object.values(blobs).map(sha256).sort());
      expect(result.asked).toBe(0);
    },
  );

  it('a model that was changed after the agreement, on the next connection', async () => {
    const changed = { ...honest, recipe: changedRecipe({ seed: 99 }) };
    const address = await coordinator([{ blobs: honest }, { blobs: changed }]);
    const result = await participate(address, temporaryFolder());
    expectRefused(result, /not what was agreed to/);
    expect(result.asked).toBe(1);
  });

  it('the same, of a process that comes back', async () => {
    const state = temporaryFolder();
    const gradient: Work = { kind: 'gradient', epoch: 0, start: 0, end: 1 };
    await participate(await coordinator([{ blobs: honest }], gradient), state);
    const changed = {
      ...honest,
      model: encode(graph([node('Add', ['x', 'w'])], [floats('w', [1, 2, 3, 4])])),
    };
    const back = await participate(await coordinator([{ blobs: changed }]), state);
    expect(back.ending).toMatchObject({ kind: 'refused' });
    expect(back.entries.at(-1)).toMatchObject({
      event: 'refused',
      reason: expect.stringMatching(/agreed to on/),
    });
    expect(back.asked).toBe(0);
  });

  it("another run's welcome", async () => {
    const address = await coordinator([{ blobs: honest }, { blobs: honest, run: 'another' }]);
    expectRefused(await participate(address, temporaryFolder()), /another one: another/);
  });

  it('work on rows that the coordinator chose', async () => {
    const work: Work = { kind: 'gradient', epoch: 0, start: 17, end: 18 };
    const result = await participate(await coordinator([{ blobs: honest }], work), temporaryFolder());
    expectRefused(result, /does no work of the kind gradient/);
  });

  it('a survey after the agreement to train', async () => {
    const { data } = federatedJob(
      {},
      { features: { columns: [0, 1], shape: undefined, normalize: { kind: 'standardize' } } },
    );
    const survey = new TextEncoder().encode(JSON.stringify({ data, seed: 0 }));
    const address = await coordinator([{ blobs: honest }, { blobs: { survey } }]);
    expectRefused(await participate(address, temporaryFolder()), /not what was agreed to/);
  });
});

function changedRecipe(changes: object): Uint8Array {
  const recipe = JSON.parse(new TextDecoder().decode(honest['recipe'])) as object;
  return new TextEncoder().encode(JSON.stringify({ ...recipe, ...changes }));
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
