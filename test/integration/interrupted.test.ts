import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { temporaryFolder } from '../support/digits.ts';
import { killAll, tributary, worker } from '../support/processes.ts';

afterEach(killAll);

describe('a command that is interrupted before it has begun', () => {
  // A port of the discard service, which nothing listens on here.
  const nobody = { token: 'x'.repeat(32), address: '127.0.0.1:9', fingerprint: undefined };

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)(
    'a worker that has not joined ends by %s with %i, not as if it had worked',
    async (signal, code) => {
      const waiting = worker(nobody);
      await waiting.saw(/no connection|cannot be reached|again in/);
      waiting.signal(signal);
      expect(await waiting.end()).toMatchObject({ code, signal: null });
    },
  );

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
});
