import { existsSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { sha256File } from '../../node/data/sha256.ts';
import { writePieces } from '../../node/files/model-file.ts';
import { readSecret, writeSecret } from '../../node/secrets.ts';
import { withOneDataFile } from '../../shared/onnx/data-file.ts';
import { OnnxFormatError } from '../../shared/onnx/errors.ts';
import type { ModelFile } from '../../shared/onnx/external-data.ts';
import { StoreError } from '../store/store-error.ts';

/** Beside the model: what `sha256sum -c` reads. Runs of older versions have none. */
const SUMS = '.sha256';
/** Beside the model: its weights. */
export const DATA = '.data';

/**
 * Keeps a model for a run, and the SHA-256 of what is kept: frozen weights are read from it again whenever the run is opened. Only the
 * owner may read what is written: the data first, so that it is whole when the file is there.
 *
 * @param begins called before anything is written, with the bytes that will be
 */
export async function keepModel(
  onnx: ModelFile,
  file: string,
  begins?: (bytes: number) => void,
): Promise<void> {
  const beside = `${basename(file)}${DATA}`;
  const { model, data } = withOneDataFile(onnx, beside);
  begins?.([...model, ...data].reduce((sum, { length }) => sum + length, 0));
  const lines: string[] = [];
  for (const [name, pieces] of [[beside, data] as const, [basename(file), model] as const]) {
    if (pieces.length === 0) continue;
    const hash = await writePieces(join(dirname(file), name), pieces, { mode: 0o600, hashed: true });
    lines.unshift(`${hash}  ${name}\n`);
  }
  await writeSecret(`${file}${SUMS}`, lines.join(''));
}

/**
 * Checks that a kept model is what the run began with, as far as the run knows: one of an older version kept no hashes.
 *
 * @throws StoreError `io` that names the file, when it is not there, or other than it was
 */
export async function checkKept(file: string): Promise<void> {
  const sums = `${file}${SUMS}`;
  if (!existsSync(sums)) return;
  const lines = (await reading(sums, () => readSecret(sums))).split('\n');
  for (const line of lines) {
    const [, hash, name] = /^([0-9a-f]{64}) {2}(.+)$/.exec(line) ?? [];
    if (name !== basename(file) && name !== `${basename(file)}${DATA}`) throw changed(sums);
    const path = join(dirname(file), name);
    const found = await reading(path, () => {
      // Reading a pipe would wait for ever.
      if (!statSync(path).isFile()) throw lost(path, 'is no file');
      return sha256File(path);
    });
    if (found !== hash) throw changed(path);
  }
}

/**
 * Reads what a run has kept.
 *
 * @throws StoreError `io` where it cannot be read, or is no model any more: it is the run's own, and no other can replace it
 */
export async function reading<T>(file: string, read: () => T | Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    throw damageOf(file, error);
  }
}

/**
 * The same while the run goes on: what is read then is weights, which lie beside the model where there are many.
 *
 * @throws StoreError `io` that names the file
 */
export function readingWeights<T>(file: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    const beside = `${file}${DATA}`;
    const { path = existsSync(beside) ? beside : file } = error as NodeJS.ErrnoException;
    throw damageOf(path, error);
  }
}

function damageOf(file: string, error: unknown): unknown {
  if (error instanceof OnnxFormatError) return lost(file, `is damaged: ${error.message}`, error);
  const { code } = error as NodeJS.ErrnoException;
  if (error instanceof StoreError || typeof code !== 'string') return error;
  const what = code === 'ENOENT' ? 'is not there' : `cannot be read: ${(error as Error).message}`;
  return lost(file, what, error);
}

function changed(file: string): StoreError {
  return lost(file, 'is not what the run began with');
}

function lost(file: string, what: string, cause?: unknown): StoreError {
  return new StoreError(
    'io',
    `${file} ${what}. The run cannot go on without its model as it was: restore the file from a backup, or begin a new run.`,
    ...(cause === undefined ? [] : [{ cause }]),
  );
}
