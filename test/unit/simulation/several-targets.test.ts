import { afterEach, describe, expect, test } from 'vitest';
import { ingest } from '../../../node/data/ingest.ts';
import { RowReader } from '../../../shared/data/row-reader.ts';
import type { DataJob } from '../../../shared/job/job.ts';
import { blocksOf, loadTable } from '../../../simulation/engines/shared-table.ts';
import { partitionData } from '../../../simulation/participants/partition-data.ts';
import { Shares } from '../../../simulation/participants/shares.ts';
import { dataJob, folderWith } from '../data/fixtures.ts';

const removers: (() => void)[] = [];
afterEach(() => {
  for (const remove of removers.splice(0)) remove();
});

const target: DataJob['target'] = {
  type: 'several',
  outputs: [
    { name: 'size', target: { type: 'number', column: 'size' } },
    { name: 'kind', target: { type: 'class', column: 'kind' } },
    { name: 'odd', target: { type: 'binary', column: 'odd' } },
  ],
};
const ROWS = 96;
/** The feature says which row it was. */
const TABLE = `x,size,kind,odd\n${Array.from(
  { length: ROWS },
  (_, row) => `${row},${row / 4},${'abc'[row % 3]},${row % 2 ? 'yes' : 'no'}`,
).join('\n')}\n`;

async function simulatedTable() {
  const job = dataJob({ target, test: 0.25 });
  const { folder, remove } = folderWith('data.csv', TABLE);
  removers.push(remove);
  const { directory } = await ingest(job, folder, `${folder}/cache`, 5);
  const table = await loadTable(directory);
  const reader = new RowReader(table.manifest, blocksOf(table));
  const numbersOf = (row: number) => {
    const [features, numbers] = [new Float32Array(1), new Float32Array(3)];
    reader.gather([row], features, numbers);
    return { x: features[0]!, combination: `${numbers[1]}${numbers[2]}` };
  };
  return { job, file: `${folder}/data.csv`, table, numbersOf };
}

describe('a simulation of rows with several targets', () => {
  test('finds each row’s place in the file, as the split had put it', async () => {
    const { job, file, table, numbersOf } = await simulatedTable();
    const { position } = await partitionData(table, { kind: 'temporal', options: {} } as never, {
      ...{ data: job, file, seed: 5 },
    });
    const rows = Array.from({ length: ROWS }, (_, row) => row);
    expect(rows.map((row) => position!(row))).toEqual(rows.map((row) => numbersOf(row).x));
  });

  test('has the classes of the first target that says one, for dirichlet and shards', async () => {
    const { job, file, table, numbersOf } = await simulatedTable();
    const partitionOf = { kind: 'dirichlet', options: { alpha: 0.3 } } as never;
    const { classes } = await partitionData(table, partitionOf, { data: job, file, seed: 5 });
    expect(classes).toMatchObject({ count: 3, names: ['a', 'b', 'c'], target: 'kind' });
    for (let row = 0; row < ROWS; row++) expect('abc'[classes!.of(row)]).toBe('abc'[numbersOf(row).x % 3]);
  });

  test('holds out of a participant’s rows some of each combination', async () => {
    const { table, numbersOf } = await simulatedTable();
    const rows = Uint32Array.from({ length: 72 }, (_, row) => row);
    const partition = { clients: [rows] } as unknown as ConstructorParameters<typeof Shares>[0];
    const shares = new Shares(partition, table, { test: 1 / 3, seed: 5, isText: false });
    const { training, heldOut } = shares.of(0);
    expect([...training, ...heldOut].sort((a, b) => a - b)).toEqual([...rows]);
    const counts = new Map<string, number>();
    for (const row of heldOut) {
      const { combination } = numbersOf(row);
      counts.set(combination, (counts.get(combination) ?? 0) + 1);
    }
    expect([...counts.values()]).toEqual([4, 4, 4, 4, 4, 4]);
  });
});
