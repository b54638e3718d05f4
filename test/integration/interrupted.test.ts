import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { temporaryFolder } from '../support/digits.ts';
import { killAll, tributary } from '../support/processes.ts';

afterEach(killAll);

test('a run whose coordinator still reads the data ends with 130, and does not call it a fault', async () => {
  const folder = temporaryFolder();
  const pipe = join(folder, 'rows.csv');
  execFileSync('mkfifo', [pipe]);
  writeFileSync(
    join(folder, 'job.yaml'),
    'name: p\ndata: { source: rows.csv, target: { column: y } }\nmodel: { mlp: { hidden: [4] } }\nloss: cross-entropy\nepochs: 1\n',
  );
  const run = tributary(['run', join(folder, 'job.yaml'), '--runs', join(folder, 'runs')]);
  // Opens when somebody reads at the other end.
  const writer = await open(pipe, 'w');
  run.signal('SIGINT');
  const { code, stderr } = await run.end();
  await writer.close();
  expect(stderr).toBe('interrupted before the run began\n');
  expect(code).toBe(130);
});
