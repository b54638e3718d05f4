import { existsSync, rmSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { sha256 } from '../../node/data/sha256.ts';
import { onEndingSignal } from '../../node/on-ending-signal.ts';
import { readSecret, writeSecret } from '../../node/secrets.ts';
import type { Declared } from '../../shared/data/declared.ts';
import { diffJobs, hashJob } from '../../shared/job/canonical-job.ts';
import type { Job } from '../../shared/job/job.ts';
import { parseJob } from '../../shared/job/parse.ts';
import { inJob } from '../../shared/job/place-in-job.ts';
import { command } from '../../shared/text/command.ts';
import { claimFolder, type RunLock } from '../store/lock.ts';
import { DATABASE, isSurvey, type RunReader, readRun } from '../store/read-run.ts';
import type { Retention } from '../store/retention.ts';
import { createRun, openRun } from '../store/sqlite-store.ts';
import type { RunStore } from '../store/store.ts';
import { StoreError } from '../store/store-error.ts';
import type { SurveyStore } from '../store/survey-store.ts';
import type { RunDescription } from './description.ts';
import { newRunId, newToken } from './identity.ts';
import { checkKept, DATA } from './kept-model.ts';
import { type Copying, jobText, prepare, type Stored } from './prepare.ts';
import type { CutOptions } from './sent-model.ts';
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
/** Beside the model that a run has kept: its weights. */
export const KEPT_DATA = `${MODEL}${DATA}`;
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
  /** How the model is cut up for members; has no influence on what is trained. */
  readonly cut?: CutOptions | undefined;
  /** The job's ONNX file is being copied into the run. */
  readonly copying?: Copying;
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
  const { description: looked, keep } = await inJob(text, jobFile, () =>
    prepare(job, file, root, { declared: survey?.declared, simulated, cut: options.cut }),
  );
  let description = looked;
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
  // Copying the model may take long, and before the run is in its store no command knows the folder.
  const begun = onEndingSignal(() => {
    if (isNew) rmSync(directory, { recursive: true, force: true });
  });
  let lock: RunLock | undefined;
  let store: RunStore | undefined;
  try {
    if (!survey) ({ lock, isNew } = claimFolder(directory));
    const token = survey?.token ?? newToken();
    // Before the run is there: one that is there can be resumed, whenever its coordinator dies.
    if (survey || !runExists(id, root)) {
      await writeSecret(join(directory, TOKEN), token);
      await writeSecret(join(directory, JOB_PATH), file);
      description = await keep(join(directory, MODEL), options.copying);
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
  } finally {
    begun();
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
      `Run ${id} was simulated: it is not resumed, but done again, with the same result: ${command('simulate', 'JOB.yaml')}.`,
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

/** @throws StoreError when the model that the run has kept is not what it began with */
async function stored(directory: string): Promise<Stored> {
  const survey = join(directory, SURVEY);
  const model = join(directory, MODEL);
  await checkKept(model);
  return {
    model,
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
