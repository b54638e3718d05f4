import { existsSync, statSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { exportRun, versionName } from '../coordinator/export/export-run.ts';
import { describeStored } from '../coordinator/run/open.ts';
import { type RunReader, readRun } from '../coordinator/store/read-run.ts';
import { bestOf } from '../coordinator/store/retention.ts';
import { StoreError } from '../coordinator/store/store-error.ts';
import { openModelFile } from '../node/files/model-file.ts';
import { inFile } from '../shared/onnx/errors.ts';
import { readModel } from '../shared/onnx/read.ts';
import { command } from '../shared/text/command.ts';
import { UsageError } from './errors.ts';
import { jobOf } from './participant-needs.ts';
import { runFolder } from './run-place.ts';

/** A model to ask: a file, and what is to be done when it is no longer needed. */
export interface GivenModel {
  readonly file: string;
  /** Where it comes from, of a run. */
  readonly from?: string;
  release(): Promise<void>;
}

export interface GivenOptions {
  /** Folder of all runs. */
  readonly runs: string;
  /** Of a run: which commit; the newest when left out. */
  readonly version?: 'last' | 'best' | undefined;
}

/**
 * The ONNX file that a command was given, or that of a run, by its id or its folder: the one in its folder if it is of the commit
 * that is wanted, else one that is exported for the time being.
 *
 * @throws StoreError `not-found` when there is neither; ExportError and others, as `tributary export` does
 */
export async function givenModel(given: string, { runs, version }: GivenOptions): Promise<GivenModel> {
  const directory = isFile(given) ? undefined : runFolder(given, runs);
  if (directory !== undefined) return await modelOfRun(directory, version ?? 'last');
  if (version !== undefined) {
    throw new UsageError(`--version ${version} is a commit of a run, and ${given} is no run in ${runs}.`);
  }
  // A file of that name that is not there says so itself.
  if (!isFile(given) && !/\.onnx$/i.test(given)) throw nothing(given, runs);
  return { file: given, release: async () => {} };
}

export function isFile(path: string): boolean {
  return existsSync(path) && !statSync(path).isDirectory();
}

/** What was given is neither file nor run. */
export function nothing(given: string, runs: string): StoreError {
  const what = existsSync(given) ? `${given} is a folder, and no run` : `There is no file ${given}`;
  return new StoreError(
    'not-found',
    `${what}, and there is no run of that name in ${runs}: give an ONNX file, or a run. '${command('runs')}' lists the runs.`,
  );
}

async function modelOfRun(directory: string, which: 'last' | 'best'): Promise<GivenModel> {
  const run = readRun(directory);
  try {
    const kept = keptModel(run, which);
    if (kept !== undefined) return { file: kept, from: kept, release: async () => {} };
    return await exportedModel(run, which);
  } finally {
    run.close();
  }
}

/** `model.onnx` in the run's folder, which is of the commit that the run ended with, or stopped at before it went on. */
function keptModel(run: RunReader, which: 'last' | 'best'): string | undefined {
  const file = join(run.directory, 'model.onnx');
  if (!existsSync(file)) return undefined;
  const metric = jobOf(run.run.jobText)?.checkpoint.best;
  const wanted =
    which === 'last'
      ? run.versions().at(-1)
      : metric === undefined
        ? undefined
        : bestOf(run.versions(), metric);
  const { metadata } = inFile(file, () => readModel(openModelFile(file)));
  return wanted && metadata['tributary.version'] === versionName(wanted) ? file : undefined;
}

async function exportedModel(run: RunReader, version: 'last' | 'best'): Promise<GivenModel> {
  const folder = await mkdtemp(join(tmpdir(), 'tributary-model-'));
  const release = () => rm(folder, { recursive: true, force: true });
  try {
    const description = await describeStored(run, dirname(resolve(run.directory)));
    const model = await exportRun(run, description, { out: join(folder, 'model.onnx'), version });
    const from = `version ${model.version} of round ${model.round}, of the run ${run.run.id}`;
    return { file: model.file, from: [from, ...model.damaged].join('; '), release };
  } catch (error) {
    await release();
    throw error;
  }
}
