import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startRun } from '../../coordinator/run/open.ts';
import { drawUniform } from '../../shared/parameters/draw.ts';

/* A run of 200 MB of weights, of which one version is committed. */
const WIDTH = 7000;
/** A process that does nothing takes 50 MB, ONNX Runtime and what it computes 60, the weights once 200; three copies are too many. */
const MOST_MB = 600;
const MINUTES = 60_000;

const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'tributary-large-export-'));
const runs = join(folder, 'runs');
const file = join(folder, 'large.onnx');
const rows = join(folder, 'rows.csv');

beforeAll(async () => {
  mkdirSync(runs);
  writeFileSync(rows, `u,v,y\n${'1,0,a\n0,1,b\n'.repeat(10)}`);
  writeFileSync(
    join(folder, 'job.yaml'),
    `name: large\nepochs: 1\ndata: { source: rows.csv, target: { column: y } }\n` +
      `model: { layers: [{ dense: ${WIDTH} }, relu, { dense: ${WIDTH} }, relu, { dense: 2 }] }\n` +
      'loss: cross-entropy\noptimizer: { sgd: { learning-rate: 0.1 } }\n',
  );
  const { store, description } = await startRun(join(folder, 'job.yaml'), runs, { id: 'large' });
  const data = new Float32Array(description.layout.length);
  drawUniform(data, 1, 0.02);
  const vectors = [{ name: 'parameters', data }];
  const cursor = { epoch: 0, position: 0 };
  await store.commit(
    { version: 1, round: 1, optimizerSteps: 1, cursor, random: '', vectors, state: {}, metrics: {} },
    [],
  );
  store.close();
  description.data.close();
}, 5 * MINUTES);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs a command and says what it printed, with the megabytes that it took at its peak. */
async function measured(args: readonly string[]): Promise<{ readonly output: string; readonly mb: number }> {
  // Linux carries `maxRSS` over from the process that forked this one.
  const end = `
    import { readFileSync } from 'node:fs';
    process.on('exit', () => {
      const status = process.platform === 'linux' ? readFileSync('/proc/self/status', 'utf8') : '';
      const peak = /^VmHWM:\\s+(\\d+) kB$/m.exec(status)?.[1] ?? process.resourceUsage().maxRSS;
      process.stderr.write('peak ' + peak + '\\n');
    });`;
  const preload = `data:text/javascript,${encodeURIComponent(end)}`;
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [
    '--import',
    preload,
    MAIN,
    ...args,
  ]);
  return { output: stdout, mb: Number(/peak (\d+)/.exec(stderr)?.[1]) / 1024 };
}

test('a run of large weights is exported and compared in little more memory than they take', {
  timeout: 5 * MINUTES,
}, async () => {
  const { output, mb } = await measured(['export', 'large', '--runs', runs, '--out', file]);
  expect(output).toContain('equal to the trained weights');
  const { size } = statSync(file);
  expect(size).toBeGreaterThan(WIDTH * WIDTH * 4);
  expect(mb).toBeGreaterThan(50);
  expect(mb).toBeLessThan(MOST_MB);
});

test('the file is asked in little more memory than it takes', { timeout: 5 * MINUTES }, async () => {
  const { output, mb } = await measured(['predict', file, rows, '--json']);
  expect(JSON.parse(output)).toHaveLength(20);
  expect(mb).toBeLessThan(MOST_MB);
});
