import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { showError } from '../../../cli/errors.ts';
import { EXIT } from '../../../cli/exit-codes.ts';
import { givenModel } from '../../../cli/given-model.ts';
import { versionName } from '../../../coordinator/export/export-run.ts';
import { createRun } from '../../../coordinator/store/sqlite-store.ts';
import { GraphBuilder } from '../../../shared/onnx/builder.ts';
import { writeModel } from '../../../shared/onnx/write.ts';
import { checkpointOf, RUN } from '../coordinator/store/contract.ts';

let runs: string;
beforeEach(() => {
  runs = mkdtempSync(join(tmpdir(), 'tributary-given-'));
});
afterEach(() => rmSync(runs, { recursive: true, force: true }));

function modelOf(version: string): Uint8Array {
  const builder = new GraphBuilder();
  builder.input('features', 'float32', ['batch', 2]);
  builder.output(builder.op('Relu', ['features'], {}, 'prediction'));
  return writeModel(builder.build({ name: 'm', metadata: { 'tributary.version': version } }));
}

test('a run in place of a model, by its id or its folder, is the model in that folder', async () => {
  const store = createRun(join(runs, RUN.id), RUN);
  await store.commit(checkpointOf(3), []);
  const file = join(runs, RUN.id, 'model.onnx');
  writeFileSync(file, modelOf(versionName(store.versions().at(-1)!)));
  for (const given of [RUN.id, join(runs, RUN.id)])
    expect(await givenModel(given, { runs })).toMatchObject({ file, from: file });
  // The run went on: what lies there is of an older commit, and this run has no data to export another with.
  await store.commit(checkpointOf(4), []);
  await expect(givenModel(RUN.id, { runs })).rejects.toThrow();
  store.close();
});

test('a file is taken as it is, and what is neither file nor run says what may be given', async () => {
  const file = join(runs, 'a.onnx');
  writeFileSync(file, modelOf('1.1.x'));
  expect(await givenModel(file, { runs })).toMatchObject({ file });
  mkdirSync(join(runs, 'folder'));
  for (const [given, what] of [
    ['nope', 'There is no file nope'],
    [join(runs, 'folder'), 'is a folder, and no run'],
  ] as const) {
    const error: unknown = await givenModel(given, { runs }).catch((error: unknown) => error);
    const { code, text } = showError(error, false);
    expect(code).toBe(EXIT.noRun);
    expect(text).toContain(what);
    expect(text).toContain("'npx tributary runs' lists the runs");
  }
  await expect(givenModel(file, { runs, version: 'best' })).rejects.toThrow(
    /--version best is a commit of a run/,
  );
});
