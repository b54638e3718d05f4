import { describe, expect, it } from 'vitest';
import type { Job } from '../../shared/job/job.ts';
import { Cluster } from '../support/cluster.ts';
import { digitsData, digitsJob } from '../support/digits.ts';

const data = await digitsData();

/** Weights after the job with so many members. */
async function train(
  job: Job,
  members: number,
): Promise<{ weights: Float32Array; layout: Cluster['coordinator']['weights']['layout'] }> {
  const cluster = await Cluster.open({ ...job, members: { ...job.members, minimum: members } }, data);
  for (let index = 0; index < members; index++) await cluster.join(`member-${index}`);
  cluster.coordinator.start();
  const outcome = await cluster.coordinator.finished;
  expect(outcome.reason).toBe('completed');
  const { weights } = cluster.coordinator;
  const result = { weights: weights.values.slice(), layout: weights.layout };
  await cluster.close();
  return result;
}

const job = digitsJob({ epochs: undefined, rounds: 50, evaluate: { every: { rounds: 25 } } });

describe('synchronous training', () => {
  it('gives the same weights with 1, 2, 3 and 5 members, dropout on', async () => {
    const one = await train(job, 1);
    for (const members of [2, 3, 5]) {
      const many = await train(job, members);
      for (const entry of one.layout.entries) {
        const a = one.weights.subarray(entry.offset, entry.offset + entry.length);
        const b = many.weights.subarray(entry.offset, entry.offset + entry.length);
        const difference = Math.hypot(...a.map((value, index) => value - b[index]!));
        expect(difference / Math.hypot(...a), `${entry.name} with ${members} members`).toBeLessThan(1e-5);
      }
    }
  });

  it('is the same twice, bit for bit, with the same members and seed', async () => {
    const first = await train(job, 2);
    const second = await train(job, 2);
    expect(Buffer.from(second.weights.buffer)).toEqual(Buffer.from(first.weights.buffer));
  });
});
