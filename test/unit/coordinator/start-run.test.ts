import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
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
