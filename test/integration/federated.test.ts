import { afterEach, describe, expect, it } from 'vitest';
import { startEvaluator } from '../../launch/evaluator.ts';
import { DatasetFile } from '../../node/data/block-file.ts';
import { ingest } from '../../node/data/ingest.ts';
import type { Job } from '../../shared/job/job.ts';
import { ownTable } from '../../worker/data/own-table.ts';
import { Cluster, TOKEN } from '../support/cluster.ts';
import { DIGITS, temporaryFolder } from '../support/digits.ts';
import { digitTables, federatedJob } from '../support/federated.ts';

let cluster: Cluster | undefined;

afterEach(async () => {
  await cluster?.close();
  cluster = undefined;
});

async function declaredData(job: Job): Promise<DatasetFile> {
  const { target } = job.data;
  const declared = { classes: 'classes' in target ? target.classes : undefined };
  const options = { declared, heldOut: 'all' as const };
  const { directory } = await ingest(job.data, DIGITS, temporaryFolder(), job.seed, options);
  return DatasetFile.open(directory);
}

async function train(
  job: Job,
  tables: readonly string[],
  also: (cluster: Cluster, directory: string) => Promise<void> = async () => undefined,
) {
  const data = await declaredData(job);
  const opened = await Cluster.open(job, data);
  cluster = opened;
  const evaluations: Readonly<Record<string, number>>[] = [];
  opened.coordinator.on('evaluated', ({ metrics }) => evaluations.push(metrics));
  await also(opened, data.directory);
  opened.coordinator.start();
  for (const [index, table] of tables.entries()) {
    await opened.join(`site-${index}`, { own: ownTable(table, temporaryFolder()) });
  }
  const outcome = await opened.coordinator.finished;
  return { outcome, evaluations };
}

describe('participants that hold their rows', () => {
  it('train by federated averaging, and evaluate on rows of their own', async () => {
    const job = federatedJob({ members: { minimum: 3, assignment: 'equal' } });
    const { outcome, evaluations } = await train(job, digitTables(3));
    expect(outcome.reason).toBe('completed');
    expect(evaluations.at(-1)!['accuracy']).toBeGreaterThan(0.85);
    expect(evaluations.at(-1)!['participants']).toBe(3);
    expect(evaluations.at(-1)!['worst-decile-accuracy']).toBeGreaterThan(0.7);
  });

  it('are evaluated beside the rows of the coordinator, which only its own member sees', async () => {
    const job = federatedJob({ members: { minimum: 2, assignment: 'equal' } }, { source: 'digits.csv.gz' });
    const { evaluations } = await train(job, digitTables(2), async ({ coordinator }, directory) => {
      const evaluator = await startEvaluator(coordinator, TOKEN, directory, (message) => {
        throw new Error(message);
      });
      cluster!.members.push(evaluator);
    });
    const last = evaluations.at(-1)!;
    expect(last['accuracy']).toBeGreaterThan(0.85);
    expect(last['participants-accuracy']).toBeGreaterThan(0.85);
    expect(last['participants-accuracy']).not.toBe(last['accuracy']);
  });
});
