import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { startRun } from '../../coordinator/run/open.ts';
import { temporaryFolder } from '../support/digits.ts';
import { killAll, tributary } from '../support/processes.ts';

const root = temporaryFolder();
const runs = join(root, 'runs');
const out = join(root, 'out');

/** Files are written, and never put in their places. */
const STALLED = `--import=data:text/javascript,${encodeURIComponent(`
  import fs from 'node:fs/promises';
  import { syncBuiltinESMExports } from 'node:module';
  fs.rename = () => {
    setInterval(() => {}, 1 << 30);
    process.stderr.write('about to rename\\n');
    return new Promise(() => {});
  };
  syncBuiltinESMExports();`)}`;

beforeAll(async () => {
  for (const folder of [runs, out]) mkdirSync(folder);
  writeFileSync(join(root, 'rows.csv'), `u,v,y\n${'1,0,a\n0,1,b\n'.repeat(10)}`);
  writeFileSync(
    join(root, 'job.yaml'),
    'name: small\nepochs: 1\ndata: { source: rows.csv, target: { column: y } }\n' +
      'model: { layers: [{ dense: 2 }] }\nloss: cross-entropy\noptimizer: { sgd: { learning-rate: 0.1 } }\n',
  );
  const { store, description } = await startRun(join(root, 'job.yaml'), runs, { id: 'small' });
  const vectors = [{ name: 'parameters', data: new Float32Array(description.layout.length).fill(0.5) }];
  const cursor = { epoch: 0, position: 0 };
  await store.commit(
    { version: 1, round: 1, optimizerSteps: 1, cursor, random: '', vectors, state: {}, metrics: {} },
    [],
  );
  store.close();
  description.data.close();
});
afterEach(killAll);
afterAll(() => rmSync(root, { recursive: true, force: true }));

const args = ['export', 'small', '--runs', runs, '--out', join(out, 'small.onnx')];

/** Starts an export, and sends it a signal when all is written but nothing in its place. */
async function interrupted(signal: NodeJS.Signals) {
  const process = tributary(args, { env: { NODE_OPTIONS: STALLED } });
  await process.saw(/about to rename/);
  expect(readdirSync(out)).toEqual([expect.stringMatching(/^\.tributary-.*\.onnx\.tmp$/)]);
  process.signal(signal);
  return process.end();
}

test.each(['SIGINT', 'SIGTERM'] as const)(
  'an export that %s ends left a hidden file of the size of the model',
  async (signal) => {
    expect((await interrupted(signal)).signal).toBe(signal);
    expect(readdirSync(out)).toEqual([]);
  },
);

test('what an export left that was killed stayed for ever: the next one removes it', async () => {
  expect((await interrupted('SIGKILL')).signal).toBe('SIGKILL');
  expect(readdirSync(out)).toHaveLength(1);
  expect(await tributary(args).end()).toMatchObject({ code: 0 });
  expect(readdirSync(out)).toEqual(['small.onnx']);
});
