import { afterEach, describe, expect, it } from 'vitest';
import { tableOptions } from '../../coordinator/run/prepare.ts';
import { coordinate, type RunMessage } from '../../launch/coordinate.ts';
import { startEvaluator } from '../../launch/evaluator.ts';
import { DatasetFile } from '../../node/data/block-file.ts';
import { ingest } from '../../node/data/ingest.ts';
import { dialGrpc } from '../../node/transports/grpc-client.ts';
import type { Job } from '../../shared/job/job.ts';
import { createMember } from '../../worker/create-member.ts';
import { ownTable } from '../../worker/data/own-table.ts';
import type { Member } from '../../worker/member.ts';
import { Cluster, TOKEN } from '../support/cluster.ts';
import { DIGITS, temporaryFolder } from '../support/digits.ts';
import { digitTables, federatedJob } from '../support/federated.ts';
import { pointsTable, Workplace } from '../support/small-job.ts';

let cluster: Cluster | undefined;

afterEach(async () => {
  await cluster?.close();
  cluster = undefined;
});

async function declaredData(job: Job): Promise<DatasetFile> {
  const { directory } = await ingest(job.data, DIGITS, temporaryFolder(), job.seed, tableOptions(job));
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

describe('a survey before the first round', () => {
  it('gathers classes and moments from the participants, who then come back and train', async () => {
    const place = new Workplace();
    const tables = [0, 1].map((part) => {
      const rows = pointsTable(120).trim().split('\n').slice(1);
      const lines = rows.filter((_, index) => index % 2 === part || index % 3 === 0);
      return place.write(`site-${part}.csv`, `x,y,label\n${lines.join('\n')}\n`);
    });
    place.job({
      data: '{ held-by: members, features: { columns: [x, y], normalize: standardize }, target: { column: label } }',
      strategy: 'fedavg',
      optimizer: '{ sgd: 0.3 }',
      epochs: undefined,
      rounds: '4',
      members: '{ minimum: 2 }',
    });
    const members: Member[] = [];
    const messages: RunMessage[] = [];
    const { done } = await coordinate(
      { job: place.jobFile, runs: place.runs, listen: { grpc: '127.0.0.1:0' } },
      (message) => {
        messages.push(message);
        if (message.event !== 'surveying') return;
        const { address, fingerprint, token } = message.values[0];
        for (const [index, table] of tables.entries()) {
          void createMember({
            dial: () => dialGrpc({ address, fingerprint }),
            ...{ token, name: `site-${index}`, engine: 'cpu', threads: 1, cache: temporaryFolder() },
            own: ownTable(table, temporaryFolder()),
          }).then((member) => {
            members.push(member);
            member.start();
          });
        }
      },
    );
    expect((await done).reason).toBe('completed');
    const opened = messages.find((message) => message.event === 'opened');
    expect(opened?.values[0]).toMatchObject({ classes: ['blue', 'red'] });
    const evaluated = messages.filter((message) => message.event === 'evaluated').at(-1);
    expect(evaluated?.values[0].metrics['accuracy']).toBeGreaterThan(0.9);
    await Promise.all(members.map((member) => member.leave()));
  });
});
