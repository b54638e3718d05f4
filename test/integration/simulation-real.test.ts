import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { startRun } from '../../coordinator/run/open.ts';
import { tableOptions } from '../../coordinator/run/prepare.ts';
import { DatasetFile } from '../../node/data/block-file.ts';
import { ingest } from '../../node/data/ingest.ts';
import { RowReader } from '../../shared/data/row-reader.ts';
import { blocksOf } from '../../simulation/engines/shared-table.ts';
import { membersTable } from '../../simulation/members-table.ts';
import { simulate } from '../../simulation/simulate.ts';
import { simulated } from '../../simulation/simulation-job.ts';
import { ownTable } from '../../worker/data/own-table.ts';
import { Cluster } from '../support/cluster.ts';
import { DIGITS, temporaryFolder } from '../support/digits.ts';
import { changedJob } from '../support/simulated.ts';

let cluster: Cluster | undefined;

afterEach(async () => {
  await cluster?.close();
  cluster = undefined;
});

const CHANGES = { clients: 3, rounds: 4 };

/** The tables of the virtual participants as files, and the job. */
async function tablesOf(file: string) {
  const runs = temporaryFolder();
  const adjust = (job: Parameters<typeof simulated>[0], text: string) => simulated(job, CHANGES, file, text);
  const run = await startRun(file, runs, { simulated: true, adjust });
  const { job } = run.description;
  const { members, partition } = await membersTable(run.description, job.simulation!, file, runs);
  const reader = new RowReader(members.manifest, blocksOf(members));
  const [pixels, digit] = [new Float32Array(64), new Int32Array(1)];
  const tables = partition.clients.map((rows, client) => {
    const lines = Array.from(rows, (row) => {
      reader.gather([row], pixels, digit);
      return [...pixels, members.manifest.target.classes![digit[0]!]].join(',');
    });
    const table = join(runs, `client-${client}.csv`);
    writeFileSync(table, `${lines.join('\n')}\n`);
    return table;
  });
  await run.abandon();
  return { job, tables };
}

it.each(['f32', '{ down: { delta: int8 } }'])(
  'gives the weights, bit for bit, that participants with threads of their own give, as %s',
  async (wire) => {
    const file = changedJob({
      '  profile:': '  profile: none',
      '  selection:': '  minimum: 3',
      'evaluate:': `evaluate: { every: { rounds: 4 } }\nwire: ${wire}`,
    });
    const { job, tables } = await tablesOf(file);
    const { directory } = await ingest(job.data, DIGITS, temporaryFolder(), job.seed, tableOptions(job));
    const opened = await Cluster.open(job, await DatasetFile.open(directory));
    cluster = opened;
    for (const [index, table] of tables.entries()) {
      const here = new Promise<void>((resolve) => {
        const off = opened.coordinator.on('member', ({ name }) => {
          if (name !== `client-${index}`) return;
          off();
          resolve();
        });
      });
      await opened.join(`client-${index}`, { own: ownTable(table, temporaryFolder()) });
      await here;
    }
    opened.coordinator.start();
    const outcome = await opened.coordinator.finished;
    expect(outcome.reason).toBe('completed');
    const { buffer, byteOffset, byteLength } = opened.coordinator.weights.values;
    const real = createHash('sha256')
      .update(new Uint8Array(buffer, byteOffset, byteLength))
      .digest('hex');

    const virtual = await simulate(file, { ...CHANGES, runs: temporaryFolder(), engines: 2 }).done;
    expect(virtual.updates).toBe(12);
    expect(virtual.weights).toBe(real);
  },
);
