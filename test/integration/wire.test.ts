import { beforeAll, describe, expect, it } from 'vitest';
import type { Job } from '../../shared/job/job.ts';
import type { UpdateJob } from '../../shared/job/wire-job.ts';
import { Cluster } from '../support/cluster.ts';
import { digitsData, digitsJob, MLP } from '../support/digits.ts';

const data = await digitsData();
const LOCAL = {
  kind: 'local-steps',
  steps: 4,
  outer: { learningRate: 1, momentum: 0, nesterov: false },
} as const;
const sgd = (learningRate: number): Job['optimizer'] => ({
  ...{ kind: 'sgd', learningRate, momentum: 0, nesterov: false, weightDecay: 0 },
});

interface Outcome {
  readonly accuracy: number;
  /** Received by the coordinator, all in all. */
  readonly bytes: number;
}

async function train(changes: Partial<Job>, members = 2): Promise<Outcome> {
  const job = digitsJob({ model: MLP, epochs: 12, ...changes });
  const cluster = await Cluster.open({ ...job, members: { ...job.members, minimum: members } }, data);
  for (let index = 0; index < members; index++) await cluster.join(`member-${index}`);
  let accuracy = 0;
  let bytes = 0;
  cluster.coordinator.on('evaluated', ({ metrics }) => {
    accuracy = metrics['accuracy']!;
  });
  cluster.coordinator.on('round', ({ traffic }) => {
    bytes = traffic.received;
  });
  cluster.coordinator.start();
  const outcome = await cluster.coordinator.finished;
  await cluster.close();
  expect(outcome).toMatchObject({ reason: 'completed' });
  return { accuracy, bytes };
}

const int8: UpdateJob = { kind: 'int8', errorFeedback: false };
const topK: UpdateJob = { kind: 'top-k', share: 0.05, errorFeedback: true };
const randomK: UpdateJob = { kind: 'random-k', share: 0.1, errorFeedback: true };
const sign: UpdateJob = { kind: 'sign', aggregate: 'mean', errorFeedback: true };

/** Distances to f32 of the same job, in shares of the test set (360 rows: half a point are 1.8 rows). */
describe('digits with every encoding of updates', () => {
  describe('gradients, synchronous', () => {
    let exact: Outcome;
    beforeAll(async () => {
      exact = await train({ optimizer: sgd(0.3) });
      expect(exact.accuracy).toBeGreaterThan(0.95);
    });
    it.each([
      ['bf16', { kind: 'bf16' }, 0.01, 0.6],
      ['int8', int8, 0.005, 0.4],
      ['top-k of 5 %', topK, 0.02, 0.25],
      ['random-k of 10 %', randomK, 0.03, 0.25],
      ['sign', sign, 0.02, 0.25],
    ] as const)('%s', async (_, up, distance, share) => {
      const { accuracy, bytes } = await train({ optimizer: sgd(0.3), wire: { down: 'f32', up } });
      expect(accuracy).toBeGreaterThanOrEqual(exact.accuracy - distance);
      expect(bytes).toBeLessThan(share * exact.bytes);
    });

    it('a majority of three, whose steps are ±0.005', async () => {
      const up: UpdateJob = { kind: 'sign', aggregate: 'majority', errorFeedback: false };
      const { accuracy } = await train({ optimizer: sgd(0.005), wire: { down: 'f16', up } }, 3);
      expect(accuracy).toBeGreaterThanOrEqual(exact.accuracy - 0.03);
    });
  });

  describe('deltas of local steps', () => {
    let exact: Outcome;
    beforeAll(async () => {
      exact = await train({ optimizer: sgd(0.3), epochs: 20, strategy: LOCAL });
      expect(exact.accuracy).toBeGreaterThan(0.95);
    });
    it.each([
      ['int8', int8, 0.005],
      ['top-k of 5 %', topK, 0.02],
      ['sign', sign, 0.02],
    ] as const)('%s, weights as f16', async (_, up, distance) => {
      const { accuracy } = await train({
        optimizer: sgd(0.3),
        epochs: 20,
        strategy: LOCAL,
        wire: { down: 'f16', up },
      });
      expect(accuracy).toBeGreaterThanOrEqual(exact.accuracy - distance);
    });
  });
});
