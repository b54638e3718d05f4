import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { weightsIn } from '../../coordinator/export/choose-weights.ts';
import { startRun } from '../../coordinator/run/open.ts';
import type { CutOptions } from '../../coordinator/run/sent-model.ts';
import { readRun } from '../../coordinator/store/read-run.ts';
import type { EngineName } from '../../engines/create.ts';
import { nodeHasher } from '../../node/hasher.ts';
import { GraphBuilder } from '../../shared/onnx/builder.ts';
import { float32 } from '../../shared/onnx/tensor.ts';
import { writeModel } from '../../shared/onnx/write.ts';
import type { Welcome } from '../../shared/protocol/messages.ts';
import { simulate } from '../../simulation/simulate.ts';
import type { RunRows } from '../../worker/data/run-rows.ts';
import { type Preparation, prepare } from '../../worker/preparation.ts';
import { Cluster } from '../support/cluster.ts';
import { temporaryFolder } from '../support/digits.ts';

/*
 * A small model of which most is frozen: as one message, and in pieces of a kilobyte, as a large one is sent. What is trained is
 * the same to the bit.
 */
const [IN, WIDTH] = [8, 2100];
const IN_PIECES: CutOptions = { least: 0, pieceBytes: 1024 };
const JOB = `name: pieces
epochs: 2
data: { source: rows.csv, target: { column: y, type: class } }
model: { onnx: { path: m.onnx, freeze: [frozen] } }
optimizer: { adam: { learning-rate: 0.01 } }
batch: 16
loss: cross-entropy
`;
const FEDERATED = `${JOB.replace(
  /^data: .*$/m,
  'data: { held-by: members, target: { column: y, type: class, classes: [a, b] }, features: { columns: [c0, c1, c2, c3, c4, c5, c6, c7] } }',
)
  .replace('optimizer: { adam', 'strategy: { fedavg: { epochs: 1 } }\noptimizer: { adam')
  .replace(
    'epochs: 2',
    'rounds: 2',
  )}simulation: { source: rows.csv, clients: 3, held-out: 0.2, profile: phones }\n`;

const folder = temporaryFolder();

beforeAll(() => {
  const wave = (length: number, step: number) => Float32Array.from({ length }, (_, i) => Math.sin(i * step));
  const builder = new GraphBuilder();
  const x = builder.input('x', 'float32', ['batch', IN]);
  const frozen = builder.initializer('frozen', float32([IN, WIDTH], wave(IN * WIDTH, 0.37)));
  const w = builder.initializer('w', float32([WIDTH, 2], wave(2 * WIDTH, 0.11)));
  builder.output(
    builder.op('MatMul', [builder.op('Tanh', [builder.op('MatMul', [x, frozen])]), w]),
    'logits',
  );
  writeFileSync(join(folder, 'm.onnx'), writeModel(builder.build()));
  const rows = Array.from({ length: 96 }, (_, row) => {
    const numbers = Array.from({ length: IN }, (_, i) => Math.cos(row * 1.3 + i).toFixed(4));
    return [...numbers, Number(numbers[0]) * Number(numbers[3]) > 0 ? 'a' : 'b'].join(',');
  });
  const header = [...Array.from({ length: IN }, (_, i) => `c${i}`), 'y'].join(',');
  writeFileSync(join(folder, 'rows.csv'), `${header}\n${rows.join('\n')}\n`);
  writeFileSync(join(folder, 'job.yaml'), JOB);
  writeFileSync(join(folder, 'federated.yaml'), FEDERATED);
});

/** The weights of the last commit. */
async function lastWeights(root: string, id: string): Promise<Float32Array> {
  const run = readRun(join(root, id));
  try {
    const { checkpoint } = (await run.openLatest())!;
    const data = weightsIn(checkpoint.vectors).data as Float32Array;
    await checkpoint.close();
    return data;
  } finally {
    run.close();
  }
}

async function trained(engine: EngineName, cut?: CutOptions): Promise<Float32Array> {
  const root = temporaryFolder();
  const run = await startRun(join(folder, 'job.yaml'), root, { id: 'run', cut });
  const cluster = await Cluster.coordinate(run);
  try {
    await cluster.join('one', { token: run.token, engine });
    const fetched: number[] = [];
    cluster.members[0]!.on('fetching', ({ bytes }) => fetched.push(bytes));
    cluster.coordinator.start();
    await cluster.coordinator.finished;
    expect(fetched.at(-1)).toBe(cut ? IN * WIDTH * 4 : undefined);
  } finally {
    await cluster.close();
    run.description.data.close();
  }
  // Its file of frozen weights is gone.
  expect(readdirSync(cluster.cache).filter((name) => name.startsWith('weights-'))).toEqual([]);
  return lastWeights(root, 'run');
}

describe('a model that is sent in pieces', () => {
  it.each<EngineName>(['cpu', 'wasm'])('trains to the same bits as in one message on %s', async (engine) => {
    const whole = await trained(engine);
    expect(whole.some((value) => value !== 0)).toBe(true);
    expect(await trained(engine, IN_PIECES)).toEqual(whole);
  });

  it('trains to the same bits in a simulation', async () => {
    const run = async (cut?: CutOptions): Promise<Float32Array> => {
      const runs = temporaryFolder();
      await simulate(join(folder, 'federated.yaml'), { runs, id: 'run', engines: 2, ...(cut && { cut }) })
        .done;
      return lastWeights(runs, 'run');
    };
    const whole = await run();
    expect(await run(IN_PIECES)).toEqual(whole);
  });

  it.each([true, false])(
    'is asked for no further than its list by an engine that cannot hold it: %s',
    async (isTooLarge) => {
      const run = await startRun(join(folder, 'job.yaml'), temporaryFolder(), { id: 'run', cut: IN_PIECES });
      const { blobs, blob, data } = run.description;
      const asked: string[] = [];
      const mostConstants = IN * WIDTH * 4 - (isTooLarge ? 1 : 0);
      const rows: Pick<RunRows, 'open'> = {
        open: () => Promise.reject(new Error('it got as far as the rows')),
      };
      const member = {
        fetch: async (id: string) => {
          asked.push(id);
          return blob(id)!;
        },
        engine: { name: 'onnxruntime-web', provider: 'wasm', version: '', threads: 1, mostConstants },
        hasher: nodeHasher,
        rows,
      };
      const prepared = prepare({ run: 'run', blobs } as unknown as Welcome, member as unknown as Preparation);
      await expect(prepared).rejects.toThrow(
        isTooLarge
          ? /frozen weights have 67200 bytes, more than the 67199 that onnxruntime-web \(wasm\) takes: use --engine cpu/
          : 'it got as far as the rows',
      );
      expect(asked).toHaveLength(4);
      run.store.close();
      data.close();
    },
  );
});
