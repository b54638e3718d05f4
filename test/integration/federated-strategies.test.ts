import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { exportRun } from '../../coordinator/export/export-run.ts';
import { describeRun } from '../../coordinator/run/description.ts';
import { readRun } from '../../coordinator/store/read-run.ts';
import { DatasetFile } from '../../node/data/block-file.ts';
import { ingest } from '../../node/data/ingest.ts';
import type { Job, LayerJob, StrategyJob } from '../../shared/job/job.ts';
import { ownTable } from '../../worker/data/own-table.ts';
import { Cluster } from '../support/cluster.ts';
import { DIGITS, temporaryFolder } from '../support/digits.ts';
import { digitTables, federatedJob } from '../support/federated.ts';

const layer = (type: string, options: LayerJob['options'] = {}): LayerJob => ({ type, options });

/** Small, and without dropout. */
const MODEL: Job['model'] = {
  kind: 'layers',
  layers: [layer('flatten'), layer('dense', { units: 24 }), layer('relu'), layer('dense', { units: 10 })],
};

let data: DatasetFile;
let cluster: Cluster | undefined;
const TABLES = digitTables(2);

beforeAll(async () => {
  const job = federatedJob();
  const { target } = job.data;
  const declared = { classes: 'classes' in target ? target.classes : undefined };
  const options = { declared, heldOut: 'all' as const };
  const { directory } = await ingest(job.data, DIGITS, temporaryFolder(), job.seed, options);
  data = await DatasetFile.open(directory);
});

afterEach(async () => {
  await cluster?.close();
  cluster = undefined;
});

afterAll(() => data.close());

/** Two participants train; what the run came to. */
async function train(
  strategy: StrategyJob,
  rounds: number,
  inspect: (directory: string, job: Job) => Promise<void> = async () => undefined,
  wire: Job['wire'] = 'f32',
) {
  const job = federatedJob({
    strategy,
    rounds,
    wire,
    model: MODEL,
    evaluate: { every: { rounds }, participants: 2 },
    members: { minimum: 2, assignment: 'equal' },
  });
  const opened = await Cluster.open(job, data);
  cluster = opened;
  let metrics: Readonly<Record<string, number>> = {};
  opened.coordinator.on('evaluated', (evaluated) => {
    metrics = evaluated.metrics;
  });
  opened.coordinator.start();
  for (const [index, table] of TABLES.entries()) {
    await opened.join(`site-${index}`, { own: ownTable(table, temporaryFolder()) });
  }
  const outcome = await opened.coordinator.finished;
  await inspect(opened.store.directory, job);
  const weights = opened.coordinator.weights.values.slice();
  await opened.close();
  cluster = undefined;
  return { outcome, metrics, weights };
}

function distance(a: Float32Array, b: Float32Array): number {
  return Math.max(...a.map((value, i) => Math.abs(value - b[i]!)));
}

const adaptive = { learningRate: 0.05, beta1: 0.9, beta2: 0.99, tau: 0.001 } as const;

describe('strategies with real participants', () => {
  const cases: readonly [StrategyJob, number][] = [
    [{ kind: 'local-steps', steps: 40, outer: { learningRate: 0.7, momentum: 0.9, nesterov: true } }, 0.6],
    [{ kind: 'fedbuff', updates: 2, epochs: 1, learningRate: 1 }, 0.6],
    [{ kind: 'scaffold', epochs: 1, learningRate: 1 }, 0.6],
    [{ kind: 'fedprox', mu: 0.1 }, 0.6],
    [{ kind: 'fedavgm', learningRate: 1, momentum: 0.5, nesterov: false }, 0.6],
    [{ kind: 'fedadam', ...adaptive }, 0.6],
    [{ kind: 'fedyogi', ...adaptive }, 0.6],
    [{ kind: 'fednova', learningRate: 1, mu: 0.1 }, 0.6],
    [{ kind: 'feddyn', alpha: 0.1 }, 0.6],
    [{ kind: 'q-fedavg', q: 0.1 }, 0.3],
    [{ kind: 'fedper', local: 'last-layer' }, 0.6],
    [{ kind: 'fedrep', local: 'last-layer', personalEpochs: 1 }, 0.6],
    [{ kind: 'ditto', lambda: 0.1 }, 0.6],
    [{ kind: 'ifca', clusters: 2 }, 0.6],
  ];

  it.each(cases)('$kind learns the digits', async (strategy, least) => {
    const { outcome, metrics } = await train(strategy, 5);
    expect(outcome.reason, outcome.message).toBe('completed');
    expect(metrics['accuracy']).toBeGreaterThan(least);
    expect(metrics['participants']).toBe(2);
  });
});

describe('strategies whose weights come as deltas', () => {
  const wire = { down: 'f32', delta: 'int8', up: { kind: 'f32' } } as const;
  // With vectors beside the weights, with parts of them that stay, of any version, and from one of several models.
  it.each([
    { kind: 'scaffold', epochs: 1, learningRate: 1 },
    { kind: 'fedper', local: 'last-layer' },
    { kind: 'ditto', lambda: 0.1 },
    { kind: 'fedbuff', updates: 2, epochs: 1, learningRate: 1 },
    { kind: 'ifca', clusters: 2 },
  ] as const)('$kind learns as it does with whole weights', async (strategy) => {
    // By whose update comes first FedBuff is at another place each time, until there is little left to learn.
    const rounds = strategy.kind === 'fedbuff' ? 15 : 5;
    const whole = await train(strategy, rounds);
    const deltas = await train(strategy, rounds, undefined, wire);
    expect(deltas.outcome.reason, deltas.outcome.message).toBe('completed');
    expect(deltas.weights).not.toEqual(whole.weights);
    expect(deltas.metrics['accuracy']).toBeGreaterThan(whole.metrics['accuracy']! - 0.1);
  });
});

describe('the models of IFCA', () => {
  it('are exported one by one', async () => {
    await train({ kind: 'ifca', clusters: 2 }, 1, async (directory, job) => {
      const reader = readRun(directory);
      const description = describeRun(job, data, undefined);
      const out = temporaryFolder();
      const written = async (cluster: number) => {
        const { file } = await exportRun(reader, description, { cluster, out: join(out, `${cluster}.onnx`) });
        return readFileSync(file);
      };
      try {
        expect((await written(0)).equals(await written(1))).toBe(false);
        await expect(written(2)).rejects.toThrow('ifca has 2 models, 0 to 1');
      } finally {
        reader.close();
      }
    });
  });
});

describe('what reduces to FedAvg, with real participants', () => {
  it('FedProx with μ = 0, FedNova with equal steps, IFCA with one model, Ditto’s common model', async () => {
    const average = await train({ kind: 'fedavg' }, 2);
    const alike: readonly StrategyJob[] = [
      { kind: 'fedprox', mu: 0 },
      { kind: 'fednova', learningRate: 1, mu: 0 },
      { kind: 'ifca', clusters: 1 },
      { kind: 'ditto', lambda: 0.1 },
    ];
    for (const strategy of alike) {
      const { weights } = await train(strategy, 2);
      expect(distance(weights, average.weights), strategy.kind).toBeLessThan(1e-5);
    }
  });
});
