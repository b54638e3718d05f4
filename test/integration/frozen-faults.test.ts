import { closeSync, openSync, readdirSync, rmSync, utimesSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EXIT } from '../../cli/exit-codes.ts';
import { type OpenRun, startRun } from '../../coordinator/run/open.ts';
import { coordinate, type RunMessage } from '../../launch/coordinate.ts';
import { listenGrpc } from '../../node/transports/grpc-server.ts';
import { GraphBuilder } from '../../shared/onnx/builder.ts';
import { float32 } from '../../shared/onnx/tensor.ts';
import { writeModel } from '../../shared/onnx/write.ts';
import type { MemberEvents } from '../../worker/events.ts';
import { Cluster } from '../support/cluster.ts';
import { temporaryFolder } from '../support/digits.ts';
import { killAll, worker } from '../support/processes.ts';
import { smallDisk } from '../support/small-disk.ts';

/* A small model of which most is frozen and sent in pieces, and what may befall them at either end. */
const [IN, WIDTH] = [8, 2100];
const JOB = `name: pieces
epochs: 1
data: { source: rows.csv, target: { column: y, type: class } }
model: { onnx: { path: m.onnx, freeze: [frozen] } }
batch: 16
loss: cross-entropy
`;

const folder = temporaryFolder();
const opened: { readonly cluster: Cluster; readonly run: OpenRun }[] = [];

beforeAll(() => {
  const wave = (length: number, step: number) => Float32Array.from({ length }, (_, i) => Math.sin(i * step));
  const builder = new GraphBuilder();
  const x = builder.input('x', 'float32', ['batch', IN]);
  const frozen = builder.initializer('frozen', float32([IN, WIDTH], wave(IN * WIDTH, 0.37)));
  const w = builder.initializer('w', float32([WIDTH, 2], wave(2 * WIDTH, 0.11)));
  builder.output(builder.op('MatMul', [builder.op('MatMul', [x, frozen]), w]), 'logits');
  writeFileSync(join(folder, 'm.onnx'), writeModel(builder.build()));
  const rows = Array.from({ length: 32 }, (_, row) => {
    const numbers = Array.from({ length: IN }, (_, i) => Math.cos(row * 1.3 + i).toFixed(4));
    return [...numbers, Number(numbers[0]) > 0 ? 'a' : 'b'].join(',');
  });
  const header = [...Array.from({ length: IN }, (_, i) => `c${i}`), 'y'].join(',');
  writeFileSync(join(folder, 'rows.csv'), `${header}\n${rows.join('\n')}\n`);
  writeFileSync(join(folder, 'job.yaml'), JOB);
});
afterAll(async () => {
  await killAll();
  for (const { cluster, run } of opened) {
    await cluster.close();
    run.description.data.close();
  }
});

/** A run that has begun, and where its weights lie: they were hashed. */
async function begun() {
  const root = temporaryFolder();
  const cut = { least: 0, pieceBytes: 1024 };
  const run = await startRun(join(folder, 'job.yaml'), root, { id: 'run', cut });
  expect(run.description.blobs.model).toMatch(/^[0-9a-f]{64}$/);
  const cluster = await Cluster.coordinate(run);
  opened.push({ cluster, run });
  cluster.coordinator.start();
  return { run, cluster, root, weights: join(root, 'run', 'initial.onnx.data') };
}

function change(file: string): void {
  const descriptor = openSync(file, 'r+');
  writeSync(descriptor, new Uint8Array(64), 0, 64, 2048);
  closeSync(descriptor);
}

/** What a member that joins hears, when it has gone. */
async function fateOf({ cluster, run }: Awaited<ReturnType<typeof begun>>) {
  const member = await cluster.join('one', { token: run.token });
  const fate: { finished?: MemberEvents['finished'][0]; refused?: MemberEvents['refused'] } = {};
  member.on('finished', (finished) => Object.assign(fate, { finished }));
  member.on('refused', (...refused) => Object.assign(fate, { refused }));
  await new Promise<void>((resolve) => member.on('closed', resolve));
  return fate;
}

describe('frozen weights that change at the coordinator while members fetch them', () => {
  it('a file with another time and the same bytes was taken for damaged', async () => {
    const run = await begun();
    utimesSync(run.weights, 1_000_000_000, 1_000_000_000);
    const { finished, refused } = await fateOf(run);
    expect(refused).toBeUndefined();
    expect(finished?.reason).toBe('completed');
    expect(await run.cluster.coordinator.finished).toMatchObject({ reason: 'completed' });
  });

  it.each<[string, (file: string) => void, RegExp]>([
    ['changed', change, /initial\.onnx\.data is damaged: its weights are other ones.*restore the file/],
    ['removed', (file) => rmSync(file), /initial\.onnx\.data is not there.*restore the file/],
  ])('a coordinator whose file was %s waited for ever, and members were blamed', async (_, harm, says) => {
    const run = await begun();
    harm(run.weights);
    const { finished, refused } = await fateOf(run);
    const { coordinator } = run.cluster;
    expect(await coordinator.finished).toMatchObject({ reason: 'failed' });
    expect(coordinator.failure).toMatchObject({ name: 'StoreError', code: 'io' });
    expect(coordinator.failure?.message).toMatch(says);
    // Members hear whose fault it is, and no path of another machine.
    expect(refused).toBeUndefined();
    expect(finished).toMatchObject({ reason: 'stopped' });
    expect(finished?.message).toMatch(/the coordinator has a fault/);
    expect(finished?.message).not.toContain(run.root);
  });
});

describe('a kept model of which the time changes before it is exported', () => {
  /** Trains with a worker, and changes the file of the weights after a round. */
  async function run(harm: (file: string) => void) {
    const runs = temporaryFolder();
    const told: RunMessage[] = [];
    const job = join(folder, 'job.yaml');
    const listen = { grpc: '127.0.0.1:0' };
    const { done } = await coordinate({ job, run: 'run', runs, listen }, (message) => {
      told.push(message);
      if (message.event === 'round') harm(join(runs, 'run', 'initial.onnx.data'));
    });
    const facts = told.find((message) => message.event === 'opened')!.values[0];
    const end = worker(facts).end();
    const ending = await done.catch((error: unknown) => error);
    await end;
    return { ending, told };
  }

  it('was taken for damaged', async () => {
    const { ending, told } = await run((file) => utimesSync(file, 1_000_000_000, 1_000_000_000));
    expect(ending).toMatchObject({ reason: 'completed' });
    expect(told.map(({ event }) => event)).toContain('exported');
  });

  it('was called no valid model where it is damaged', async () => {
    const { ending } = await run(change);
    expect(ending).toMatchObject({ name: 'StoreError', code: 'io' });
    expect((ending as Error).message).toMatch(/initial\.onnx\.data is not what the run began with/);
  });
});

describe('a worker that cannot keep the frozen weights', () => {
  it('whose folder is removed meanwhile says so at once, and in words', async () => {
    const { cluster, run } = await begun();
    const member = await cluster.join('one', { token: run.token });
    const there: number[] = [];
    member.on('fetching', ({ bytes }) => {
      there.push(bytes);
      if (there.length !== 2) return;
      for (const name of readdirSync(cluster.cache))
        if (name.startsWith('weights-')) rmSync(join(cluster.cache, name), { recursive: true });
    });
    const [{ message }, cause] = await new Promise<MemberEvents['refused']>((resolve) =>
      member.on('refused', (...refused) => resolve(refused)),
    );
    expect(cause).toMatchObject({ name: 'FolderError', code: 'unusable' });
    expect(message).toMatch(
      /cannot be kept in .*: what was fetched there was removed meanwhile.*--cache FOLDER/,
    );
    expect(there.at(-1)).toBeLessThan(IN * WIDTH * 4);
  });

  it('for want of room was told that the coordinator does not take it', async () => {
    // Room for the trial of the folder, and not for 67,200 bytes.
    const disk = smallDisk('64k');
    if (!disk)
      return void console.log('SKIPPED: a worker with a full disk: no file system may be mounted here');
    const { cluster, run } = await begun();
    const listener = await listenGrpc({
      address: '127.0.0.1:0',
      insecure: true,
      onChannel: (channel) => cluster.coordinator.accept(channel),
    });
    const { address } = listener;
    try {
      const join = { token: run.token, address, fingerprint: undefined };
      const end = await worker(join, ['--cache', disk.path]).end();
      expect(end.stdout + end.stderr).toMatch(
        /this worker cannot take part: The model’s frozen weights take 1 MB/,
      );
      expect(end.stdout + end.stderr).not.toMatch(/does not take this worker|code: invalid/);
      expect(end.code).toBe(EXIT.diskFull);
    } finally {
      await listener.close();
      disk.unmount();
    }
  });
});
