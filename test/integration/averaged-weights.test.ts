import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { exportRun } from '../../coordinator/export/export-run.ts';
import { describeRun } from '../../coordinator/run/description.ts';
import { readRun } from '../../coordinator/store/read-run.ts';
import type { Job } from '../../shared/job/job.ts';
import type { ScheduleJob } from '../../shared/job/schedule-job.ts';
import { readModel } from '../../shared/onnx/read.ts';
import { Cluster } from '../support/cluster.ts';
import { digitsData, digitsJob, temporaryFolder } from '../support/digits.ts';

const data = await digitsData();
const METRICS = ['log-loss', 'macro-f1', 'top-3-accuracy', 'roc-auc', 'calibration-error'];

async function train(changes: Partial<Job>, members: number) {
  const job = digitsJob({
    ...{ epochs: undefined, rounds: 24, evaluate: { every: { rounds: 8 }, metrics: METRICS } },
    members: { minimum: members, assignment: 'equal' },
    ...changes,
  });
  const cluster = await Cluster.open(job, data);
  const evaluations: Readonly<Record<string, number>>[] = [];
  const rates: number[] = [];
  cluster.coordinator.on('evaluated', ({ metrics }) => evaluations.push(metrics));
  cluster.coordinator.on('round', ({ learningRate }) => rates.push(learningRate));
  for (let index = 0; index < members; index++) await cluster.join(`member-${index}`);
  cluster.coordinator.start();
  expect((await cluster.coordinator.finished).reason).toBe('completed');
  const vectors = new Map(
    cluster.coordinator.weights.snapshot().map(({ name, data: values }) => [name, values]),
  );
  const { directory } = cluster.store;
  await cluster.close();
  return { job, evaluations, rates, vectors, directory };
}

describe('a moving average of the weights', () => {
  it('leaves training as it is, and is what evaluation measures and export writes', async () => {
    const plain = await train({}, 1);
    const averaged = await train({ ema: 0.95 }, 1);
    expect(averaged.vectors.get('parameters')).toEqual(plain.vectors.get('parameters'));
    expect(averaged.evaluations.at(-1)!['loss']).not.toBe(plain.evaluations.at(-1)!['loss']);

    const reader = readRun(averaged.directory);
    const description = describeRun(averaged.job, data, undefined);
    const out = join(temporaryFolder(), 'model.onnx');
    const { maxDifference } = await exportRun(reader, description, { out });
    reader.close();
    expect(maxDifference).toBeLessThan(1e-4);
    const { initializers } = readModel(new Uint8Array(readFileSync(out))).graph;
    const average = averaged.vectors.get('ema')!;
    for (const { name, offset, length } of description.layout.entries) {
      expect(initializers.get(name)?.data, name).toEqual(average.slice(offset, offset + length));
    }
  });
});

describe('metrics on demand and a plateau', () => {
  it('are the same with one member and with three', async () => {
    const schedule: ScheduleJob = {
      kind: 'plateau',
      ...{ warmup: 0, metric: 'macro-f1', factor: 0.5, patience: 0 },
      ...{ threshold: 10, cooldown: 0, minimum: 0 },
    };
    const one = await train({ schedule }, 1);
    const three = await train({ schedule }, 3);
    for (const [index, metrics] of one.evaluations.entries()) {
      for (const name of METRICS) expect(metrics[name], name).toBeDefined();
      expect(metrics['log-loss']).toBeCloseTo(metrics['loss']!, 5);
      for (const name of METRICS) expect(three.evaluations[index]![name]).toBeCloseTo(metrics[name]!, 2);
    }
    // The first value is the best; no other is ten times better, so each evaluation after it halves the rate.
    expect(new Set(one.rates)).toEqual(new Set([0.003, 0.0015]));
    expect(three.rates).toEqual(one.rates);
  });
});
