import {
  closeSync,
  mkdtempSync,
  openSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { showError } from '../../../../cli/errors.ts';
import { EXIT } from '../../../../cli/exit-codes.ts';
import { choose } from '../../../../coordinator/export/choose-weights.ts';
import { openCheckpoint } from '../../../../coordinator/store/checkpoint-file.ts';
import { newestIntact, type RunReader, readRun } from '../../../../coordinator/store/read-run.ts';
import { createRun } from '../../../../coordinator/store/sqlite-store.ts';
import type { RunStore } from '../../../../coordinator/store/store.ts';
import { checkpointOf, RUN } from './contract.ts';

/** Of a run that keeps its newest commit and the best one, and goes on while it is read. */
let directory: string;
let store: RunStore;
let reader: RunReader;
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'tributary-replaced-'));
  store = createRun(directory, RUN, { keep: 1, best: 'accuracy' });
  await store.commit(checkpointOf(1, { accuracy: 0.1 }), []);
  reader = readRun(directory);
});
afterEach(() => {
  reader.close();
  store.close();
  rmSync(directory, { recursive: true, force: true });
});

/** The rows as the reader found them, with the numbers that tell them apart. */
function kept() {
  return reader.versions().map((version) => ({ ...version, sequence: version.version }));
}

/** What `choose` does when the run goes on between its look at the versions and its opening of one. */
async function chosenDuring(happens: () => Promise<unknown>) {
  const before = reader.versions();
  await happens();
  let looks = 0;
  const late = { ...reader, versions: () => (looks++ === 0 ? before : reader.versions()) };
  return choose(late, 'best', 'accuracy');
}

it('a checkpoint that a newer one replaced before it was opened is no damage', async () => {
  let reads = 0;
  const { latest, damaged } = await newestIntact(directory, kept, async (path, hash) => {
    if (reads++ === 0) await store.commit(checkpointOf(2, { accuracy: 0.2 }), []);
    return openCheckpoint(path, hash);
  });
  await latest?.checkpoint.close();
  expect(latest).toMatchObject({ committed: { version: 2 }, damaged: [] });
  expect(damaged).toEqual([]);
  expect(reads).toBe(2);
});

it('a missing checkpoint that is still named is damage', async () => {
  rmSync(join(directory, reader.versions()[0]!.file));
  await expect(reader.openLatest()).rejects.toMatchObject({
    code: 'io',
    message: expect.stringContaining('v1-1.safetensors (version 1) is damaged: the file is missing'),
  });
  await expect(reader.open(reader.versions()[0]!)).rejects.toMatchObject({ code: 'io' });
  await expect(choose(reader, 'best', 'accuracy')).rejects.toMatchObject({ code: 'io' });
});

it('a version that is not kept any more is said to be that, and not to be damaged', async () => {
  const [old] = reader.versions();
  await store.commit(checkpointOf(2, { accuracy: 0.2 }), []);
  await expect(reader.open(old!)).rejects.toMatchObject({
    code: 'not-found',
    message: expect.stringMatching(/^Version 1 .* not kept any more/),
  });
});

it('the best version is looked for again when a better one replaced it before it was opened', async () => {
  const chosen = await chosenDuring(() => store.commit(checkpointOf(2, { accuracy: 0.2 }), []));
  await chosen.checkpoint.close();
  expect(chosen).toMatchObject({ committed: { version: 2 }, damaged: [] });
});

it('a checkpoint that is cut off after it was opened is an error of the store that names the file', async () => {
  const { checkpoint, committed } = (await reader.openLatest())!;
  truncateSync(join(directory, committed.file), 16);
  let caught: unknown;
  try {
    checkpoint.vectors.get('parameters')!.data;
  } catch (error) {
    caught = error;
  }
  await checkpoint.close();
  expect(caught).toMatchObject({ name: 'StoreError', code: 'io' });
  const { code, text } = showError(caught, false);
  expect(code).toBe(EXIT.store);
  expect(text).toContain(`${join(directory, committed.file)} is damaged`);
});

it('a checkpoint that is written over in place after it was hashed is noticed, though it is as long', async () => {
  const latest = (await reader.openLatest())!;
  const { file } = latest.committed;
  const path = join(directory, file);
  const { size } = statSync(path);
  const descriptor = openSync(path, 'r+');
  writeSync(descriptor, new Uint8Array([1, 2, 3, 4]), 0, 4, size - 4);
  closeSync(descriptor);
  // Where the file system's clock has not gone on since: a later write is later.
  const later = new Date(Date.now() + 60_000);
  utimesSync(path, later, later);
  const read = () => latest.checkpoint.vectors.get('parameters')!.data;
  expect(read).toThrow(expect.objectContaining({ name: 'StoreError', code: 'io' }) as Error);
  expect(read).toThrow(`${path} is damaged: it was written over after it was opened`);
  await latest.checkpoint.close();
});
