import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { startRun } from '../../../coordinator/run/open.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tributary-start-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('the id of a simulated run is not to be resumed, but another one chosen', async () => {
  const file = join(folder, 'job.yaml');
  writeFileSync(
    file,
    'name: x\nrounds: 1\nstrategy: fedavg\nsimulation: { source: rows.csv, clients: 2 }\n' +
      'data: { held-by: members, target: { column: y, classes: [a, b] }, features: { columns: [u] } }\n' +
      'model: { layers: [{ dense: 2 }] }\nloss: cross-entropy\n',
  );
  writeFileSync(join(folder, 'rows.csv'), `u,y\n${'1,a\n2,b\n'.repeat(10)}`);
  const root = join(folder, 'runs');
  const start = (id: string, simulated: boolean) => startRun(file, root, { id, simulated });
  for (const [id, simulated] of [
    ['virtual', true],
    ['real', false],
  ] as const) {
    const { store, description } = await start(id, simulated);
    store.close();
    description.data.close();
  }
  const anotherId = {
    code: 'exists',
    message: expect.stringMatching(/not resumed. Choose another id, or leave --run out/),
  };
  await expect(start('virtual', true)).rejects.toMatchObject(anotherId);
  await expect(start('virtual', false)).rejects.toMatchObject(anotherId);
  await expect(start('real', true)).rejects.toMatchObject(anotherId);
  await expect(start('real', false)).rejects.toMatchObject({ message: expect.stringMatching(/Resume it/) });
});

test('Ctrl-C while the model is copied left a folder that no command knew: a run that begins listens until it is in its store', async () => {
  const file = join(folder, 'job.yaml');
  writeFileSync(
    file,
    'name: x\nrounds: 1\ndata: { source: rows.csv, target: { column: y } }\nmodel: { mlp: { hidden: [2] } }\nloss: cross-entropy\n',
  );
  writeFileSync(join(folder, 'rows.csv'), `u,y\n${'1,a\n2,b\n'.repeat(10)}`);
  const before = process.listenerCount('SIGTERM');
  const listens = vi.spyOn(process, 'on');
  const { abandon } = await startRun(file, join(folder, 'runs'), { id: 'one' });
  const signals = listens.mock.calls.map(([signal]) => signal);
  listens.mockRestore();
  expect(signals).toEqual(expect.arrayContaining(['SIGINT', 'SIGTERM', 'SIGHUP']));
  expect(process.listenerCount('SIGTERM')).toBe(before);
  await abandon();
});
