import { describe, expect, it } from 'vitest';
import type { Job, LayerJob, StrategyJob } from '../../shared/job/job.ts';
import { Cluster } from '../support/cluster.ts';
import { digitsData, digitsJob } from '../support/digits.ts';

const data = await digitsData();
const layer = (type: string, options: LayerJob['options'] = {}): LayerJob => ({ type, options });

const WITH_BATCH_NORM: Job['model'] = {
  kind: 'layers',
  layers: [
    layer('flatten'),
    layer('dense', { units: 48 }),
    layer('batch-norm'),
    layer('relu'),
    layer('dense', { units: 10 }),
  ],
};

const sgd: Job['optimizer'] = {
  kind: 'sgd',
  learningRate: 0.1,
  momentum: 0.9,
  nesterov: false,
  weightDecay: 0,
};
const plain: Job['optimizer'] = { ...sgd, momentum: 0 };

async function accuracy(changes: Partial<Job>, members = 2): Promise<number> {
  const job = digitsJob(changes);
  const cluster = await Cluster.open({ ...job, members: { ...job.members, minimum: members } }, data);
  for (let index = 0; index < members; index++) await cluster.join(`member-${index}`);
  let last = 0;
  cluster.coordinator.on('evaluated', ({ metrics }) => {
    last = metrics['accuracy']!;
  });
  cluster.coordinator.start();
  const outcome = await cluster.coordinator.finished;
  await cluster.close();
  expect(outcome).toMatchObject({ reason: 'completed' });
  return last;
}

const outer = { learningRate: 1, momentum: 0, nesterov: false };

describe('every strategy trains the digits through the same loop and wire', () => {
  const cases: readonly [string, StrategyJob, Partial<Job>, number][] = [
    ['synchronous SGD', { kind: 'synchronous' }, { optimizer: sgd, epochs: 10 }, 0.95],
    ['local SGD, H = 4', { kind: 'local-steps', steps: 4, outer }, { optimizer: sgd, epochs: 16 }, 0.95],
    [
      'DiLoCo: AdamW inside, Nesterov outside, H = 8',
      { kind: 'local-steps', steps: 8, outer: { learningRate: 0.7, momentum: 0.9, nesterov: true } },
      {
        optimizer: {
          kind: 'adamw',
          learningRate: 0.002,
          beta1: 0.9,
          beta2: 0.999,
          epsilon: 1e-8,
          weightDecay: 0.01,
        },
        epochs: 20,
      },
      0.95,
    ],
    [
      'FedBuff',
      { kind: 'fedbuff', updates: 2, steps: 4, learningRate: 1 },
      { optimizer: plain, epochs: 20 },
      0.92,
    ],
    ['SCAFFOLD', { kind: 'scaffold', steps: 4, learningRate: 1 }, { optimizer: plain, epochs: 20 }, 0.92],
    // Each member evaluates with its own normalisation.
    ['FedBN', { kind: 'fedbn', steps: 4 }, { optimizer: plain, epochs: 12, model: WITH_BATCH_NORM }, 0.9],
  ];
  it.each(cases)('%s', async (_, strategy, changes, threshold) => {
    expect(await accuracy({ strategy, ...changes })).toBeGreaterThan(threshold);
  });

  it('with batch normalisation and an f16 wire', async () => {
    const changes: Partial<Job> = { model: WITH_BATCH_NORM, optimizer: sgd, epochs: 10, wire: 'f16' };
    expect(await accuracy(changes)).toBeGreaterThan(0.95);
  });
});
