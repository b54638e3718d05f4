import { afterEach, describe, expect, test } from 'vitest';
import { ingest } from '../../../node/data/ingest.ts';
import { RowReader } from '../../../shared/data/row-reader.ts';
import type { DataJob } from '../../../shared/job/job.ts';
import { blocksOf, loadTable } from '../../../simulation/engines/shared-table.ts';
import { partitionData } from '../../../simulation/participants/partition-data.ts';
import { strataOfRows } from '../../../simulation/participants/row-targets.ts';
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

async function simulatedTable(own = target, text = TABLE, width = 3) {
  const job = dataJob({ target: own, test: 0.25 });
  const { folder, remove } = folderWith('data.csv', text);
  removers.push(remove);
  const { directory } = await ingest(job, folder, `${folder}/cache`, 5);
  const table = await loadTable(directory);
  const reader = new RowReader(table.manifest, blocksOf(table));
  const numbersOf = (row: number) => {
    const [features, numbers] = [new Float32Array(1), new Float32Array(width)];
    reader.gather([row], features, numbers);
    return { x: features[0]!, combination: `${numbers.at(-2)}${numbers.at(-1)}` };
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

describe('a simulation of rows with a label before their classes', () => {
  const labelled: DataJob['target'] = {
    type: 'several',
    outputs: [
      { name: 'read', target: { type: 'symbols', column: 'label', length: 3 } },
      { name: 'kind', target: { type: 'class', column: 'kind' } },
      { name: 'odd', target: { type: 'binary', column: 'odd' } },
    ],
  };
  const text = `x,label,kind,odd\n${Array.from(
    { length: ROWS },
    (_, row) => `${row},${'xyz'.slice(row % 3)},${'abc'[row % 3]},${row % 2 ? 'yes' : 'no'}`,
  ).join('\n')}\n`;

  test('deals and holds out by the classes behind it, and finds the rows’ places', async () => {
    const { job, file, table, numbersOf } = await simulatedTable(labelled, text, 5);
    const { position, classes } = await partitionData(table, { kind: 'dirichlet', options: {} } as never, {
      ...{ data: job, file, seed: 5 },
    });
    expect(classes).toMatchObject({ target: 'kind', names: ['a', 'b', 'c'] });
    for (let row = 0; row < ROWS; row++) expect('abc'[classes!.of(row)]).toBe('abc'[numbersOf(row).x % 3]);
    const temporal = await partitionData(table, { kind: 'temporal', options: {} } as never, {
      ...{ data: job, file, seed: 5 },
    });
    for (let row = 0; row < ROWS; row++) expect(temporal.position!(row)).toBe(numbersOf(row).x);
    expect(position === undefined || position(0) === numbersOf(0).x).toBe(true);
    const held = strataOfRows(table)(Uint32Array.of(0, 1, 2, 3, 4, 5), 1 / 3)!;
    const combinations = [0, 1, 2, 3, 4, 5].map((row) => numbersOf(row).combination);
    for (const [row, stratum] of Array.from(held).entries())
      for (const [other, second] of Array.from(held).entries())
        if (combinations[row] === combinations[other]) expect(stratum).toBe(second);
  });
});
