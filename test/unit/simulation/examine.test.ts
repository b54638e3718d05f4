import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { describe, expect, test, vi } from 'vitest';
import { register } from '../../../cli/commands/check.ts';
import { JobError } from '../../../shared/job/job-error.ts';
import { parseJob } from '../../../shared/job/parse.ts';
import { examineSection, examineSimulation } from '../../../simulation/examine.ts';
import { simulate } from '../../../simulation/simulate.ts';
import { temporaryFolder } from '../../support/digits.ts';
import { changedJob, FEDERATED_DIGITS } from '../../support/simulated.ts';

/** What `tributary check` does with the section. */
async function checked(file: string) {
  const text = readFileSync(file, 'utf8');
  return examineSimulation(parseJob(text, file), file, text);
}

/** What the command prints. */
async function printed(...args: readonly string[]): Promise<string> {
  const program = new Command().exitOverride();
  register(program);
  let text = '';
  const written = vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
    text += String(chunk);
    return true;
  });
  await program.parseAsync(args, { from: 'user' }).finally(() => written.mockRestore());
  return text;
}

async function problemsOf(work: Promise<unknown>): Promise<unknown> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof JobError)) throw error ?? new Error('nothing was found wrong');
  return error.problems;
}

describe('a section simulation that cannot be', () => {
  test.each([
    [
      'with a column that the rows do not have',
      { '  partition:': '  partition: { column: { name: 6A } }' },
      { path: 'simulation.partition.column.name', line: 38, column: 32, found: '"6A"', nearest: '6' },
      /there is no column "6A"/,
    ],
    [
      'with a column in short form',
      { '  partition:': '  partition: { temporal: 77x }' },
      { path: 'simulation.partition.temporal', line: 38, column: 26, found: '"77x"' },
      /there is no column "77x"/,
    ],
    [
      'with more clients than rows',
      { '  clients:': '  clients: 5000' },
      { path: 'simulation.clients', line: 37, column: 12, found: '5000' },
      /1438 rows are too few for 5000 clients/,
    ],
    [
      'with more rows for each than there are',
      { '  partition:': '  partition: { quantity: { exponent: 1, minimum: 50 } }' },
      { path: 'simulation.partition.quantity.minimum', found: '50', allowed: ['at most 14'] },
      /need 5000 rows/,
    ],
    [
      'with more shards than rows',
      { '  partition:': '  partition: { shards: 30 }' },
      { path: 'simulation.clients', allowed: ['1 to 47 with 30 shards each'] },
      /need 3000 rows/,
    ],
    [
      'with more clients than a column has values',
      { '  partition:': '  partition: { column: 3 }' },
      { path: 'simulation.clients', allowed: ['1 to 17, or none: one for each value'] },
      /17 different values/,
    ],
    [
      'without a number of clients',
      { '  clients:': '  # nobody says how many' },
      { path: 'simulation.clients', line: 34, found: 'nothing' },
      /"clients" is missing/,
    ],
    [
      'with fewer clients than are asked in a round',
      { '  selection:': '  selection: { participants: 101 }' },
      { path: 'members.selection.participants', line: 32, column: 30, found: '101' },
      /101 participants are asked in each round, and 100 have rows/,
    ],
    [
      'with fewer clients than a round waits for',
      { '  selection:': '  minimum: 101' },
      { path: 'members.minimum', line: 32, allowed: ['1 to 100'] },
      /waits for 101 participants/,
    ],
    [
      'with rows that are nowhere',
      { '  source:': '  source: nowhere.csv' },
      { path: 'simulation.source', line: 35, column: 11, found: '"nowhere.csv"' },
      /there is no such file or folder: .*nowhere\.csv/,
    ],
  ])(
    '%s is refused alike by check and by simulate, before there is a run',
    async (_, lines, place, message) => {
      const file = changedJob(lines);
      const runs = temporaryFolder();
      const found = await problemsOf(checked(file));
      expect(found).toMatchObject([{ ...place, message: expect.stringMatching(message) as string }]);
      expect(await problemsOf(simulate(file, { runs }).done)).toEqual(found);
      expect(readdirSync(runs).filter((name) => !name.startsWith('.'))).toEqual([]);
    },
  );

  test('for what stands beside the file blames that, not a line of the file', async () => {
    const runs = temporaryFolder();
    await expect(simulate(FEDERATED_DIGITS, { runs, clients: 5000 }).done).rejects.toMatchObject({
      name: 'PartitionError',
      message: expect.stringContaining('5000 clients') as string,
    });
    // The file is right by itself: it is the two together that do not fit.
    expect(await problemsOf(simulate(FEDERATED_DIGITS, { runs, clients: 9 }).done)).toMatchObject([
      { path: 'members.selection.participants', allowed: ['1 to 9, or a share below 1'] },
    ]);
  });

  test('is refused without a look at the rows, where it can be told', () => {
    const file = changedJob({ '  selection:': '  selection: { participants: 101 }' });
    const text = readFileSync(file, 'utf8');
    expect(() => examineSection(parseJob(text, file), file, text)).toThrow(/101 participants/);
  });
});

test('a section simulation that can be is described', async () => {
  const file = changedJob({
    '  partition:': '  partition: { quantity: { exponent: 6, minimum: 0 } }',
    '  selection:': '  selection: { participants: 0.5 }',
  });
  const { empty, ...rest } = await checked(file);
  expect(rest).toEqual({ clients: 100, rows: 1438, heldOut: 359, hints: [] });
  expect(empty).toBeGreaterThan(50);
});

test('a target that nobody scaled is hinted at alike by check, check --json and simulate', async () => {
  const folder = temporaryFolder();
  const file = join(folder, 'job.yaml');
  const rows = Array.from({ length: 60 }, (_, row) => `${row % 7},${150_000 + 2000 * row}`);
  writeFileSync(join(folder, 'flats.csv'), ['rooms,price', ...rows].join('\n'));
  const job = [
    ...['name: flats', 'model: { layers: [{ dense: 1 }] }', 'loss: mse', 'optimizer: { sgd: 0.001 }'],
    'data: { held-by: members, target: { column: price, type: number }, features: { columns: [rooms] } }',
    ...['strategy: { fedavg: { epochs: 1 } }', 'rounds: 1', 'batch: 10'],
    'simulation: { source: flats.csv, clients: 3, partition: iid, profile: none }',
  ];
  writeFileSync(file, job.join('\n'));
  const { hints } = await checked(file);
  expect(hints).toEqual([
    expect.stringMatching(/^the target price is .* Add to data\.target: normalize: standardize/),
  ]);
  const warnings: string[] = [];
  const simulation = simulate(file, { runs: join(folder, 'runs'), engines: 1 });
  simulation.on('warning', (text) => warnings.push(text));
  await simulation.done;
  expect(warnings).toEqual(hints);
  expect(await printed('check', file)).toContain(`  note: ${hints[0]}\n`);
  expect(JSON.parse(await printed('check', file, '--json'))).toMatchObject({ name: 'flats', hints });
  expect(JSON.parse(await printed('check', file, '--json', '--no-data'))).not.toHaveProperty('hints');
});
