import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { embeddingsJob } from '../support/embeddings.ts';
import { testLargeRun } from '../support/large-run.ts';
import { joinCommandOf, killAll, tributary, worker } from '../support/processes.ts';

/** 80 MB: more than is sent within a model. One of 2.4 GB goes the same way in test/soak. */
const ROWS = 20_000;

describe('a run with frozen weights that are sent apart from their model', () =>
  testLargeRun(ROWS, true, 700));

describe('a worker that is asked to end', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tributary-frozen-worker-'));
  afterEach(async () => {
    await killAll();
    rmSync(folder, { recursive: true, force: true });
  });

  it('takes its frozen weights off the disk', async () => {
    const job = embeddingsJob(folder, ROWS);
    const listen = ['--listen', '127.0.0.1:0', '--minimum', '2', '--runs', join(folder, 'runs')];
    const command = await joinCommandOf(tributary(['coordinator', job, ...listen]));
    const cache = join(folder, 'cache');
    const frozen = () => readdirSync(cache).filter((name) => name.startsWith('weights-'));
    const one = worker(command, ['--cache', cache]);
    await one.saw(/frozen weights: 80 MB of 80 MB are here/);
    await one.saw(/ready: /);
    expect(frozen()).toHaveLength(1);
    one.signal('SIGTERM');
    expect(await one.end()).toMatchObject({ code: 0 });
    expect(frozen()).toEqual([]);
  });
});
