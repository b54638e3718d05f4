import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { temporaryFolder } from '../support/digits.ts';
import { killAll, tributary } from '../support/processes.ts';

afterEach(killAll);

/** Enough for reading them to take seconds. */
const ROWS = 600_000;

test('a run whose coordinator still reads the data ends with 130, and does not call it a fault', async () => {
  const folder = temporaryFolder();
  const row = (_: unknown, index: number): string =>
    `${index % 997},${index % 89},${index % 7},${index % 3}\n`;
  writeFileSync(join(folder, 'rows.csv'), `a,b,c,y\n${Array.from({ length: ROWS }, row).join('')}`);
  writeFileSync(
    join(folder, 'job.yaml'),
    'name: p\ndata: { source: rows.csv, target: { column: y } }\nmodel: { mlp: { hidden: [4] } }\nloss: cross-entropy\nepochs: 1\n',
  );
  const data = join(folder, 'runs', '.data');
  const run = tributary(['run', join(folder, 'job.yaml'), '--runs', join(folder, 'runs')]);
  // What is read is put together there, and is gone when it is whole.
  const isReading = () => existsSync(data) && readdirSync(data).some((name) => name.startsWith('.building-'));
  await expect.poll(isReading, { interval: 5 }).toBe(true);
  run.signal('SIGINT');
  const { code, stderr } = await run.end();
  expect(stderr).toBe('interrupted before the run began\n');
  expect(code).toBe(130);
});
