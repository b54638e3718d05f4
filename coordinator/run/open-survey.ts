import { rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { sha256 } from '../../node/data/sha256.ts';
import { readSecret, writeSecret } from '../../node/secrets.ts';
import { needsSurvey } from '../../shared/data/survey.ts';
import { hashJob } from '../../shared/job/canonical-job.ts';
import type { Job } from '../../shared/job/job.ts';
import { parseJob } from '../../shared/job/parse.ts';
import { claimFolder, type RunLock } from '../store/lock.ts';
import { isSurvey, readRun } from '../store/read-run.ts';
import { createSurvey, openSurvey as openStore } from '../store/sqlite-store.ts';
import type { SurveyStore } from '../store/survey-store.ts';
import { newRunId, newToken } from './identity.ts';
import { JOB_PATH, runExists, TOKEN, unchangedJob } from './open.ts';
import { jobText } from './prepare.ts';

/** A run whose participants are asked before there is a model. */
export interface OpenSurvey {
  readonly store: SurveyStore;
  readonly job: Job;
  /** Path of the job file. */
  readonly file: string;
  readonly token: string;
  /** Closes it, and removes it again where this call began it: for a survey that could not be started after all. */
  abandon(): Promise<void>;
}

/** Which run, and where. */
export interface WantedSurvey {
  /** Path of a job file; or `resume`, the id of a run to go on with. */
  readonly job?: string | undefined;
  readonly resume?: string | undefined;
  /** Id of the job's run: gone on with when it is there, started when not. */
  readonly run?: string | undefined;
  /** Folder of all runs. */
  readonly runs: string;
}

/**
 * Begins a run by a survey, or opens one that was left in it.
 *
 * @returns undefined for a run that needs no survey, or has had it
 * @throws JobError; JobChangedError when the participants were asked by another job; StoreError
 */
export async function openSurvey(
  wanted: WantedSurvey,
  adjust: (job: Job) => Job,
): Promise<OpenSurvey | undefined> {
  const id = wanted.resume ?? wanted.run;
  if (id !== undefined && runExists(id, wanted.runs)) return goOn(id, wanted, adjust);
  return wanted.job === undefined ? undefined : begin(wanted.job, wanted, adjust);
}

async function goOn(
  id: string,
  { runs, job: named }: WantedSurvey,
  adjust: (job: Job) => Job,
): Promise<OpenSurvey | undefined> {
  const directory = join(runs, id);
  if (!isBeforeItsRun(directory)) return undefined;
  const { file, job } = await unchangedJob(id, directory, named);
  const token = await readSecret(join(directory, TOKEN));
  const store = openStore(directory);
  return { store, job: adjust(job), file, token, abandon: async () => store.close() };
}

async function begin(
  jobFile: string,
  { run, runs }: WantedSurvey,
  adjust: (job: Job) => Job,
): Promise<OpenSurvey | undefined> {
  const file = resolve(jobFile);
  const text = await jobText(file);
  const job = adjust(parseJob(text, jobFile));
  if (!needsSurvey(job.data)) return undefined;
  const id = run ?? newRunId(job.name, new Date());
  const directory = join(runs, id);
  const jobHash = await hashJob(job, sha256);
  const { lock, isNew } = claimFolder(directory);
  // Another began it a moment ago, and has ended since.
  if (runExists(id, runs)) {
    lock.release();
    return goOn(id, { run, runs, job: jobFile }, adjust);
  }
  const remove = async (): Promise<void> => {
    if (isNew) await rm(directory, { recursive: true, force: true });
  };
  let held: RunLock | undefined = lock;
  try {
    const token = newToken();
    // Before the run is there: one that is there can be resumed, whenever its coordinator dies.
    await writeSecret(join(directory, TOKEN), token);
    await writeSecret(join(directory, JOB_PATH), file);
    const record = { id, name: job.name, createdAt: Date.now(), jobText: text, jobHash };
    held = undefined;
    const store = createSurvey(directory, record, lock);
    const abandon = async (): Promise<void> => {
      store.close();
      await remove();
    };
    return { store, job, file: jobFile, token, abandon };
  } catch (error) {
    held?.release();
    await remove();
    throw error;
  }
}

/** Whether the run is there, and its survey is not done. */
function isBeforeItsRun(directory: string): boolean {
  const reader = readRun(directory);
  try {
    return isSurvey(reader.run);
  } finally {
    reader.close();
  }
}
