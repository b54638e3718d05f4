import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { DatasetFile } from '../../node/data/block-file.ts';
import { ingest } from '../../node/data/ingest.ts';
import type { TableOptions } from '../../node/data/read-table.ts';
import { sha256 } from '../../node/data/sha256.ts';
import { dataBeside } from '../../node/files/model-data.ts';
import { readSecret, writeSecret } from '../../node/secrets.ts';
import { type Declared, declaredIn } from '../../shared/data/declared.ts';
import { needsSurvey, surveyed } from '../../shared/data/survey.ts';
import { diffJobs, hashJob } from '../../shared/job/canonical-job.ts';
import type { DataJob, Job } from '../../shared/job/job.ts';
import { parseJob } from '../../shared/job/parse.ts';
import { type ImportedModel, importForTraining } from '../../shared/nn/import/import.ts';
import { ModelBuildError } from '../../shared/nn/model-build-error.ts';
import { embedExternalData } from '../../shared/onnx/embed-data.ts';
import { inFile } from '../../shared/onnx/errors.ts';
import { claimFolder, type RunLock } from '../store/lock.ts';
import { DATABASE, isSurvey, type RunReader, readRun } from '../store/read-run.ts';
import type { Retention } from '../store/retention.ts';
import { createRun, openRun } from '../store/sqlite-store.ts';
import type { RunStore } from '../store/store.ts';
import { StoreError } from '../store/store-error.ts';
import type { SurveyStore } from '../store/survey-store.ts';
import { createStrategy } from '../strategies/create.ts';
import { loadStrategy } from '../strategies/load.ts';
import { personalNote } from '../strategies/personal.ts';
import {
  describeRun,
  featureSpec,
  onnxFileOf,
  type RunDescription,
  trainableParameters,
} from './description.ts';
import { refuseForesight } from './foresight.ts';
import { newRunId, newToken } from './identity.ts';
import { moreClasses, presumed } from './presumed.ts';
import { isSimulated, SIMULATED } from './simulated.ts';

/** A run that can be coordinated: its store is open, its data and model are there. */
export interface OpenRun {
  readonly store: RunStore;
  readonly description: RunDescription;
  readonly token: string;
  /** Closes it, and removes it again where this call began it: for a run that could not be started after all. */
  abandon(): Promise<void>;
}

/** The job is not the one that the run was started with. */
export class JobChangedError extends Error {
  override readonly name = 'JobChangedError';

  constructor(
    readonly run: string,
    readonly file: string,
    readonly changes: readonly string[],
  ) {
    super(
      `run ${run} was started with another job than ${file} is now:\n${changes.map((line) => `  ${line}`).join('\n')}\n` +
        'Undo the change to go on with this run, or start a new run with the changed job.',
    );
  }
}

export const JOB_PATH = 'job-path';
/** File of the run's token, which members show. */
export const TOKEN = 'token';
const MODEL = 'initial.onnx';
/** Ingested rows, beside the runs. */
export const DATA = '.data';
/** What the participants' sums said before the first round. */
const SURVEY = 'survey.json';

export interface StartOptions {
  readonly id?: string | undefined;
  readonly adjust?: (job: Job, text: string) => Job;
  /** What a survey of the participants said; with the run's token, which they know already, and its store. */
  readonly survey?:
    | { readonly declared: Declared; readonly token: string; readonly store: SurveyStore }
    | undefined;
  /** The participants are virtual: the rows to evaluate with may be a share of theirs. */
  readonly simulated?: boolean;
}

/**
 * Starts a new run of a job file under `root`, the folder of all runs.
 *
 * @param options.id the new run's id; by default of the job's name and the time
 * @throws JobError, DataError, ModelBuildError: what is wrong with job, data or model, before anything is written
 */
export async function startRun(jobFile: string, root: string, options: StartOptions = {}): Promise<OpenRun> {
  const file = resolve(jobFile);
  const { survey, simulated } = options;
  // The participants were asked by the job as it was then.
  const text = survey ? survey.store.run.jobText : await jobText(file);
  const job = (options.adjust ?? same)(parseJob(text, jobFile), text);
  if (options.id !== undefined) refuseSimulated(options.id, root, simulated);
  const { description, onnx } = await prepare(job, file, root, {
    declared: survey?.declared,
    simulated,
  });
  const id = options.id ?? newRunId(job.name, new Date());
  const directory = join(root, id);
  const record = {
    id,
    name: job.name,
    createdAt: Date.now(),
    jobText: text,
    jobHash: await hashJob(job, sha256),
    dataHash: description.manifest.hash,
  };
  // A folder that was there before may hold something else: only one that is made here is removed.
  let isNew = false;
  const remove = async (): Promise<void> => {
    if (isNew) await rm(directory, { recursive: true, force: true });
  };
  let lock: RunLock | undefined;
  let store: RunStore | undefined;
  try {
    if (!survey) ({ lock, isNew } = claimFolder(directory));
    const token = survey?.token ?? newToken();
    // Before the run is there: one that is there can be resumed, whenever its coordinator dies.
    if (survey || !runExists(id, root)) {
      await writeSecret(join(directory, TOKEN), token);
      await writeSecret(join(directory, JOB_PATH), file);
      if (onnx) await writeSecret(join(directory, MODEL), onnx);
      if (survey) await writeSecret(join(directory, SURVEY), JSON.stringify(survey.declared));
      if (simulated) await writeSecret(join(directory, SIMULATED), JSON.stringify(job.simulation));
    }
    const held = lock;
    lock = undefined;
    store = survey
      ? survey.store.begin(record.dataHash, retentionOf(job))
      : createRun(directory, record, retentionOf(job), held);
    return {
      store,
      description,
      token,
      abandon: async () => {
        close({ store: store!, description });
        await remove();
      },
    };
  } catch (error) {
    lock?.release();
    store?.close();
    description.data.close();
    await remove();
    throw error;
  }
}

/** Of the id of a run that is there: one that is simulated, or was, is not resumed. */
function refuseSimulated(id: string, root: string, simulated = false): void {
  if (!runExists(id, root) || !(simulated || isSimulated(join(root, id)))) return;
  throw new StoreError(
    'exists',
    `There is a run ${id} in ${root} already, and a simulated run is not resumed. Choose another id, or leave --run out.`,
  );
}

function close({ store, description }: Pick<OpenRun, 'store' | 'description'>): void {
  store.close();
  description.data.close();
}

/** Whether a run of this id was started under `root`, the folder of all runs. */
export function runExists(id: string, root: string): boolean {
  return existsSync(join(root, id, DATABASE));
}

/**
 * Opens a run to go on with it.
 *
 * @param options.job path of the job file; by default the one that the run was started with
 * @throws JobChangedError when the job file was changed meanwhile; StoreError when the run is not there or open elsewhere
 */
export async function continueRun(
  id: string,
  root: string,
  options: { readonly job?: string; readonly adjust?: (job: Job) => Job } = {},
): Promise<OpenRun> {
  const directory = join(root, id);
  if (isSimulated(directory)) {
    throw new StoreError(
      'invalid',
      `Run ${id} was simulated: it is not resumed, but done again, with the same result: tributary simulate JOB.`,
    );
  }
  const { file, job: before } = await unchangedJob(id, directory, options.job);
  const { description } = await prepare(
    (options.adjust ?? same)(before),
    file,
    root,
    await stored(directory),
  );
  const token = await readSecret(join(directory, TOKEN));
  const store = openRun(directory, retentionOf(before));
  return { store, description, token, abandon: async () => close({ store, description }) };
}

/**
 * The job that a run was started with.
 *
 * @param named path of a job file in place of the one that it was started with
 * @throws JobChangedError when that file is another job by now
 */
export async function unchangedJob(
  id: string,
  directory: string,
  named: string | undefined,
): Promise<{ readonly file: string; readonly job: Job }> {
  const { file: startedWith, job: before } = await storedJob(directory);
  const file = named === undefined ? startedWith : resolve(named);
  const now = await readFile(file, 'utf8').catch(() => undefined);
  const changes = now === undefined ? [] : diffJobs(before, parseJob(now, file));
  if (changes.length > 0) throw new JobChangedError(id, file, changes);
  return { file, job: before };
}

async function storedJob(directory: string): Promise<{ readonly file: string; readonly job: Job }> {
  const run = readRun(directory);
  try {
    const file = await readSecret(join(directory, JOB_PATH));
    return { file, job: parseJob(run.run.jobText, file) };
  } finally {
    run.close();
  }
}

/** What a run keeps that its job does not say. */
interface Stored {
  readonly model?: string;
  readonly declared?: Declared | undefined;
  readonly simulated?: boolean | undefined;
}

async function stored(directory: string): Promise<Stored> {
  const survey = join(directory, SURVEY);
  return {
    model: join(directory, MODEL),
    simulated: isSimulated(directory),
    ...(existsSync(survey) && { declared: JSON.parse(await readSecret(survey)) as Declared }),
  };
}

function same(job: Job): Job {
  return job;
}

/** Reads a run's job, data and model again, for a look at it that changes nothing. */
export async function describeStored(run: RunReader, root: string): Promise<RunDescription> {
  if (isSurvey(run.run)) {
    throw new StoreError(
      'invalid',
      `Run ${run.run.id} has no model yet: its participants are asked first for what its job leaves open.`,
    );
  }
  const file = await readSecret(join(run.directory, JOB_PATH));
  const { description } = await prepare(
    parseJob(run.run.jobText, file),
    file,
    root,
    await stored(run.directory),
  );
  return description;
}

function retentionOf(job: Job): Retention {
  return { keep: job.checkpoint.keep, best: job.checkpoint.best };
}

/** What a job would train, without starting it. */
export interface ExaminedJob {
  readonly training: number;
  readonly test: number;
  readonly features: number;
  /** Undefined for numbers, and where the participants' rows tell them. */
  readonly classes: readonly string[] | undefined;
  /** Trainable numbers; undefined where the participants' rows tell how many. */
  readonly parameters: number | undefined;
  /** Of classes that the participants' rows tell: how many the model has outputs for, where it says so. */
  readonly outputs: number | undefined;
  /** What stays with the members, where something does. */
  readonly personal: string | undefined;
  /** What was found in the job's ONNX file. */
  readonly imported: Pick<ImportedModel, 'weights' | 'notes'> | undefined;
}

/**
 * Reads a job's data and builds its model, as a run would, and keeps nothing of it.
 *
 * @throws DataError, ModelBuildError: what does not fit
 */
export async function examineJob(job: Job, jobFile: string): Promise<ExaminedJob> {
  const scratch = await mkdtemp(join(tmpdir(), 'tributary-check-'));
  try {
    const { description, onnx, outputs } = await look(job, resolve(jobFile), scratch);
    const open = surveyed(job.data);
    const { manifest, layout, data, recipe } = description;
    data.close();
    return {
      training: manifest.rows - manifest.test.rows,
      test: manifest.test.rows,
      features: manifest.features.count,
      classes: open.classes ? undefined : manifest.target.classes,
      parameters:
        (open.classes && outputs === undefined) || open.words ? undefined : trainableParameters(layout),
      outputs,
      personal: personalNote(layout, description.strategy ?? createStrategy(job.strategy, job, layout)),
      imported:
        onnx && job.model.kind === 'onnx'
          ? importForTraining(onnx, featureSpec(job, manifest), recipe.target, job.model, job.seed)
          : undefined,
    };
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/**
 * Prepares a simulated run in a folder of its own, which is removed afterwards, to see what it would begin with.
 *
 * @throws DataError, ModelBuildError: what does not fit
 */
export async function tryOut<T>(
  job: Job,
  jobFile: string,
  look: (description: RunDescription, scratch: string) => Promise<T>,
): Promise<T> {
  const scratch = await mkdtemp(join(tmpdir(), 'tributary-check-'));
  try {
    const { description } = await prepare(job, resolve(jobFile), scratch, { simulated: true });
    try {
      return await look(description, scratch);
    } finally {
      description.data.close();
    }
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** Before a survey says what there is: a model that says by its outputs how many classes it is for is right. */
async function look(
  job: Job,
  jobFile: string,
  scratch: string,
): Promise<Awaited<ReturnType<typeof prepare>> & { readonly outputs?: number }> {
  if (!needsSurvey(job.data)) return prepare(job, jobFile, scratch);
  const declared = presumed(job.data);
  try {
    return await prepare(job, jobFile, scratch, { declared });
  } catch (error) {
    if (!surveyed(job.data).classes || job.data.target.type === 'binary') throw error;
    const found = job.data.source === '' ? [] : await classesHere(job, jobFile, scratch, error);
    const classes = moreClasses(error, found);
    const prepared = await prepare(job, jobFile, scratch, { declared: { ...declared, classes } });
    return { ...prepared, outputs: classes.length };
  }
}

/** Of the coordinator's own rows. @param cause why they are wanted, thrown when it is the rows themselves that are wrong */
async function classesHere(
  job: Job,
  jobFile: string,
  scratch: string,
  cause: unknown,
): Promise<readonly string[]> {
  if (!(cause instanceof ModelBuildError)) throw cause;
  const options = tableOptions(job, presumed(job.data));
  const { directory } = await ingest(job.data, dirname(jobFile), join(scratch, DATA), job.seed, options);
  const data = await DatasetFile.open(directory);
  data.close();
  return data.manifest.target.classes ?? [];
}

async function prepare(
  job: Job,
  jobFile: string,
  root: string,
  { model: storedModel, declared, simulated = false }: Stored = {},
): Promise<{ readonly description: RunDescription; readonly onnx: Uint8Array | undefined }> {
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
    const bytes = file === undefined ? undefined : await bytesOf(file);
    const onnx = bytes && inFile(file!, () => embedExternalData(bytes, dataBeside(file!)));
    const description = inFile(file ?? jobFile, () => describeRun(job, data, onnx, own));
    // A run that has begun was looked at when it did.
    if (storedModel === undefined) await refuseForesight(description);
    return { description, onnx };
  } catch (error) {
    data.close();
    throw error;
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

/** @throws Error with the path, when the file cannot be read */
export async function jobText(file: string): Promise<string> {
  return (await bytesOf(file)).toString('utf8');
}

/** Node's error says which file is not there, but not which is a folder. */
async function bytesOf(file: string): Promise<Buffer> {
  return readFile(file).catch((error: unknown) => {
    throw Object.assign(error as Error, { path: file });
  });
}
