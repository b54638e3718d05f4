import { readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { DatasetFile } from '../../node/data/block-file.ts';
import { ingest } from '../../node/data/ingest.ts';
import type { TableOptions } from '../../node/data/read-table.ts';
import { openModelFile } from '../../node/files/model-file.ts';
import { type Declared, declaredIn } from '../../shared/data/declared.ts';
import type { DataJob, Job } from '../../shared/job/job.ts';
import { inFile } from '../../shared/onnx/errors.ts';
import type { ModelFile } from '../../shared/onnx/external-data.ts';
import { loadStrategy } from '../strategies/load.ts';
import { describeRun, onnxFileOf, type RunDescription } from './description.ts';
import { refuseForesight } from './foresight.ts';
import { keepModel, reading } from './kept-model.ts';
import { missingModel } from './missing-model.ts';
import type { CutOptions } from './sent-model.ts';

/** Ingested rows, beside the runs. */
export const DATA = '.data';

/** What there is to train, and the job's ONNX file, if it names one. */
export interface Prepared {
  readonly description: RunDescription;
  readonly onnx: ModelFile | undefined;
  /**
   * Keeps the ONNX file for the run, as `file` and the data beside it: the user's may change from now on.
   *
   * @param begins called before it is copied, with the job's name for it and its bytes
   * @returns what there is to train, whose weights lie in what was kept
   */
  keep(file: string, begins?: Copying): Promise<RunDescription>;
}

export type Copying = (model: { readonly file: string; readonly bytes: number }) => void;

/** What a run keeps that its job does not say. */
export interface Stored {
  readonly model?: string;
  readonly declared?: Declared | undefined;
  readonly simulated?: boolean | undefined;
  /** How the model is cut up for members; has no influence on what is trained. */
  readonly cut?: CutOptions | undefined;
}

/**
 * Reads a job's rows and its model, and describes what there is to train.
 *
 * @param root folder beside whose runs the rows are kept
 * @throws DataError, ModelBuildError: what is wrong with data or model
 */
export async function prepare(
  job: Job,
  jobFile: string,
  root: string,
  { model: storedModel, declared, simulated = false, cut }: Stored = {},
): Promise<Prepared> {
  const base = dirname(jobFile);
  const rows = simulated ? withSimulatedRows(job) : job.data;
  const options = tableOptions(job, declared, rows);
  const { directory } = await ingest(rows, base, join(root, DATA), job.seed, options);
  const data = await DatasetFile.open(directory);
  try {
    const { strategy } = job;
    const own = strategy.kind === 'module' ? await loadStrategy(strategy, base, job) : undefined;
    const named = onnxFileOf(job);
    const file = named === undefined ? undefined : (storedModel ?? resolve(base, named));
    const look = (path = file) => {
      const onnx = path === undefined ? undefined : openModelFile(path);
      return { onnx, description: describeRun(job, data, onnx, own, cut) };
    };
    const isKept = file !== undefined && file === storedModel;
    const { onnx, description } = isKept
      ? await reading(file, () => look())
      : inFile(file ?? jobFile, () => look());
    // A run that has begun was looked at when it did.
    if (storedModel === undefined) await refuseForesight(description);
    const keep = async (kept: string, begins?: Copying): Promise<RunDescription> => {
      if (!onnx) return description;
      await keepModel(onnx, kept, (bytes) => begins?.({ file: named!, bytes }));
      return inFile(kept, () => look(kept).description);
    };
    return { description, onnx, keep };
  } catch (error) {
    data.close();
    throw missingModel(error, job, base);
  }
}

/**
 * Of virtual participants, where the coordinator has no table of its own: their rows, of which a share is held out and stays with the
 * coordinator.
 */
function withSimulatedRows({ data, simulation }: Job): DataJob {
  if (data.source !== '' || !simulation) return data;
  return { ...data, source: simulation.source, test: simulation.heldOut };
}

/**
 * Of rows that members hold: what they have in common; those of the coordinator are for evaluation.
 *
 * @param rows what is read; those that the job names by default
 */
export function tableOptions(
  { data }: Job,
  surveyed?: Declared | undefined,
  rows: DataJob = data,
): TableOptions {
  if (!data.heldBy) return {};
  const declared = declaredIn(data.target);
  if (rows === data) return { declared: surveyed ?? declared, heldOut: 'all' };
  // All rows are here: what is not declared is found in them.
  const isDeclared = declared.classes !== undefined || declared.outputs !== undefined;
  return isDeclared && !data.features.categories ? { declared } : {};
}

/** @throws Error with the path, when the file cannot be read: Node's says which is not there, but not which is a folder */
export async function jobText(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((error: unknown) => {
    throw Object.assign(error as Error, { path: file });
  });
}
