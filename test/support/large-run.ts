import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readRun } from '../../coordinator/store/read-run.ts';
import { embeddingsJob, WIDTH } from './embeddings.ts';
import { measuring, peaksIn } from './peaks.ts';
import { type End, killAll, tributary } from './processes.ts';

/** For what hangs: gigabytes take minutes on a busy machine. */
const LIMIT_MS = 20 * 60_000;

/**
 * Tests of a run of embeddings that nobody trains: a coordinator and two workers as processes, from job file to predictions.
 *
 * @param rows of the table; each has 4,000 bytes
 * @param isFull whether no two pieces of it are equal: all of them travel
 * @param mostMb megabytes that any of the processes may take at its peak
 */
export function testLargeRun(rows: number, isFull: boolean, mostMb: number): void {
  const bytes = rows * WIDTH * 4;
  const folder = mkdtempSync(join(tmpdir(), 'tributary-large-run-'));
  const cache = join(folder, 'cache');
  const runs = join(folder, 'runs');
  const env = { ...measuring(folder), XDG_CACHE_HOME: cache };
  let job: string;
  let end: End;

  beforeAll(async () => {
    job = embeddingsJob(folder, rows, isFull);
    end = await tributary(['run', job, '--workers', '2', '--runs', runs], { env }).end(LIMIT_MS);
  }, LIMIT_MS);
  afterAll(async () => {
    await killAll();
    rmSync(folder, { recursive: true, force: true });
  });

  it('trains its head on two workers, and is exported', () => {
    expect(end).toMatchObject({ code: 0 });
    const [id = ''] = readdirSync(runs).filter((name) => name.startsWith('large-'));
    const run = readRun(join(runs, id));
    const evaluations = run.evaluations();
    run.close();
    expect(evaluations.at(-1)!.metrics['accuracy']).toBeGreaterThan(0.9);
    const files = readdirSync(join(runs, id)).filter((name) => name.startsWith('model.onnx'));
    const size = files.reduce((sum, name) => sum + statSync(join(runs, id, name)).size, 0);
    expect(files).toEqual(bytes > 2 ** 31 ? ['model.onnx', 'model.onnx.data'] : ['model.onnx']);
    expect(size).toBeGreaterThan(bytes);
  });

  it('leaves none of the frozen weights with the workers', () => {
    const left = readdirSync(cache, { recursive: true }).filter((name) => /weights/.test(String(name)));
    expect(readdirSync(cache).length).toBeGreaterThan(0);
    expect(left).toEqual([]);
  });

  it('answers', { timeout: LIMIT_MS }, async () => {
    const [id = ''] = readdirSync(runs).filter((name) => name.startsWith('large-'));
    const asked = await tributary(
      ['predict', join(runs, id, 'model.onnx'), join(folder, 'rows.csv'), '--json'],
      { env },
    ).end();
    expect(asked).toMatchObject({ code: 0 });
    expect(JSON.parse(asked.stdout)).toHaveLength(120);
  });

  it('takes no more memory than a model of which nothing is frozen', () => {
    const peaks = peaksIn(folder);
    console.log(`peaks in MB for ${bytes} bytes that are frozen: ${JSON.stringify(peaks)}`);
    expect(Object.keys(peaks).sort()).toEqual(['coordinator', 'predict', 'run', 'worker']);
    expect(peaks['worker']).toHaveLength(2);
    for (const all of Object.values(peaks)) expect(Math.max(...all)).toBeLessThan(mostMb);
  });
}
