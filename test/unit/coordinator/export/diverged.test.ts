import { existsSync } from 'node:fs';
import { expect, it } from 'vitest';
import { exportRun } from '../../../../coordinator/export/export-run.ts';
import { checkpointOf } from '../store/contract.ts';
import { type Begun, begin } from './begun-run.ts';

/** Commits a version all weights of which are `value`. */
async function commit({ run }: Begun, version: number, value: number, metrics?: Record<string, number>) {
  const data = new Float32Array(run.description.layout.length).fill(value);
  await run.store.commit({ ...checkpointOf(version, metrics), vectors: [{ name: 'parameters', data }] }, []);
}

async function refusal({ reader, run, out }: Begun, version: 'last' | 'best' = 'last'): Promise<string> {
  const error: unknown = await exportRun(reader, run.description, { out, version }).catch((error) => error);
  expect(error).toMatchObject({ name: 'ExportError' });
  expect(existsSync(out)).toBe(false);
  const { message } = error as Error;
  expect(message).not.toMatch(/Please report/);
  return message;
}

it('weights of NaN are said to be of a run that diverged, and the best version is pointed to, which can be exported', async () => {
  const begun = await begin('{ best: accuracy }');
  await commit(begun, 1, 0.01, { accuracy: 0.9 });
  await commit(begun, 2, Number.NaN);
  const message = await refusal(begun);
  expect(message).toMatch(
    /^version 2 of round 4 was not exported: its trained weights give NaN for 'logits'/,
  );
  expect(message).toMatch(/the run diverged\. Export version 1 of round 2 instead/);
  expect(message).toMatch(/: npx tributary export run --version best$/);
  const { reader, run, out } = begun;
  expect(await exportRun(reader, run.description, { out, version: 'best' })).toMatchObject({ version: 1 });
});

it('where there is no other version the message says what to change', async () => {
  const begun = await begin('{ best: none }');
  await commit(begun, 1, Number.NaN);
  expect(await refusal(begun)).toMatch(/no best version to export instead\. Train anew .*checkpoint\.best/);
});

it('finite weights that give no finite answer are not said to be NaN themselves', async () => {
  const begun = await begin();
  await commit(begun, 1, 3e38);
  expect(await refusal(begun)).toMatch(/or the rows that it was tried on have extreme values/);
});
