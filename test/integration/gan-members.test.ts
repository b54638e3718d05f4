import { describe, expect, it } from 'vitest';
import type { Job } from '../../shared/job/job.ts';
import { PHASES, partOf } from '../../shared/nn/gan/networks.ts';
import { Cluster } from '../support/cluster.ts';
import { DCGAN, ganJob, imagesData, NON_SATURATING, PENALISED } from '../support/gan.ts';

const data = await imagesData();

async function train(job: Job, members: number) {
  const cluster = await Cluster.open({ ...job, members: { ...job.members, minimum: members } }, data);
  const before = cluster.coordinator.weights.values.slice();
  const losses: Record<string, number>[] = [];
  cluster.coordinator.on('round', ({ sums }) => losses.push({ ...sums }));
  for (let index = 0; index < members; index++) await cluster.join(`member-${index}`);
  cluster.coordinator.start();
  const outcome = await cluster.coordinator.finished;
  expect(outcome.reason).toBe('completed');
  const { weights } = cluster.coordinator;
  const result = { before, after: weights.values.slice(), layout: weights.layout, losses };
  await cluster.close();
  return result;
}

const rounds = (count: number): Partial<Job> => ({
  epochs: undefined,
  rounds: count,
  evaluate: { every: { rounds: count } },
});

describe('two networks that take turns', () => {
  it.each([
    ['non-saturating', NON_SATURATING],
    ['wasserstein with gradient penalty', PENALISED],
  ])('%s: the same weights with 1 and 2 members, dropout on', async (_, loss) => {
    const job = ganJob({ loss, ...rounds(30) });
    const one = await train(job, 1);
    const two = await train(job, 2);
    for (const entry of one.layout.entries) {
      const cut = (values: Float32Array) => values.subarray(entry.offset, entry.offset + entry.length);
      const [a, b] = [cut(one.after), cut(two.after)];
      const difference = Math.hypot(...a.map((value, index) => value - b[index]!));
      expect(difference / Math.hypot(...a), entry.name).toBeLessThan(1e-5);
    }
  });

  it('changes in each round the weights and statistics of one network alone', async () => {
    const loss = { ...NON_SATURATING, criticSteps: 2 };
    const after = await Promise.all(
      [1, 2, 3].map((count) => train(ganJob({ model: DCGAN, loss, ...rounds(count) }), 1)),
    );
    const versions = [after[0]!.before, ...after.map((run) => run.after)];
    const { layout } = after[0]!;
    const changed = [0, 1, 2].map((round) =>
      PHASES.filter((phase) =>
        partOf(layout, phase).own.entries.some(({ offset, length }) =>
          versions[round]!.subarray(offset, offset + length).some(
            (value, index) => value !== versions[round + 1]![offset + index],
          ),
        ),
      ),
    );
    expect(changed).toEqual([['discriminator'], ['discriminator'], ['generator']]);
    for (const entry of layout.entries) {
      const moved = [0, 1, 2].some((round) =>
        versions[round]!.subarray(entry.offset, entry.offset + entry.length).some(
          (value, index) => value !== versions[round + 1]![entry.offset + index],
        ),
      );
      expect(moved, entry.name).toBe(true);
    }
    expect(after[2]!.losses.map((sums) => 'discriminator_loss' in sums)).toEqual([true, true, false]);
  });
});
