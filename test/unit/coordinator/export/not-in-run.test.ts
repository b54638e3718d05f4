import { expect, it } from 'vitest';
import { showError } from '../../../../cli/errors.ts';
import { EXIT } from '../../../../cli/exit-codes.ts';
import { nothing } from '../../../../cli/given-model.ts';
import { exportAdapters } from '../../../../coordinator/export/export-adapters.ts';
import { exportRun } from '../../../../coordinator/export/export-run.ts';
import { noRun } from '../../../../coordinator/store/read-run.ts';
import { checkpointOf } from '../store/contract.ts';
import { begin } from './begun-run.ts';

const codeOf = async (work: Promise<unknown>): Promise<number> =>
  work.then(
    () => EXIT.ok,
    (error: unknown) => showError(error, false).code,
  );

it('what a run does not have is a wrong argument, not an export that went wrong', async () => {
  const { run, reader, out } = await begin('{ best: none }');
  expect(await codeOf(exportRun(reader, run.description, { out }))).toBe(EXIT.usage);
  const data = new Float32Array(run.description.layout.length).fill(0.01);
  await run.store.commit({ ...checkpointOf(1), vectors: [{ name: 'parameters', data }] }, []);
  expect(await codeOf(exportAdapters(reader, run.description, out))).toBe(EXIT.usage);
  expect(await codeOf(exportRun(reader, run.description, { out, version: 'best' }))).toBe(EXIT.usage);
  expect(await codeOf(exportRun(reader, run.description, { out, cluster: 3 }))).toBe(EXIT.usage);
  expect(await codeOf(exportRun(reader, run.description, { out }))).toBe(EXIT.ok);
});

it('weights of NaN are a run that diverged, for the adapters as for the whole model, and nothing is written', async () => {
  const { run, reader, out } = await begin('{ best: accuracy }');
  const data = new Float32Array(run.description.layout.length).fill(Number.NaN);
  await run.store.commit({ ...checkpointOf(2), vectors: [{ name: 'parameters', data }] }, []);
  for (const work of [
    () => exportRun(reader, run.description, { out }),
    () => exportAdapters(reader, run.description, out),
  ]) {
    const error: unknown = await (work() as Promise<unknown>).catch((thrown: unknown) => thrown);
    expect(showError(error, false)).toMatchObject({
      code: EXIT.diverged,
      text: expect.stringMatching(/version 2 of round 4 was not exported: .* as the run diverged/),
    });
  }
});

it('a run that is not there has one code, whether or not a file may be named in its place', () => {
  expect(showError(nothing('nosuch', 'runs'), false).code).toBe(EXIT.noRun);
  expect(showError(noRun('runs/nosuch'), false).code).toBe(EXIT.noRun);
});
