import { DataError } from '../data/data-error.ts';
import { ModelBuildError } from '../nn/model-build-error.ts';
import type { JobError } from './job-error.ts';
import { jobErrorOf, type LocatedFault } from './parse.ts';

/**
 * Adds to what only the data or the model could tell where in the job file it is to be mended. What no key of the file is to blame for
 * stays as it is.
 *
 * @param text the job file, which can be read
 * @returns the same error
 */
export function placeInJob(error: unknown, text: string, file: string): unknown {
  if (error instanceof ModelBuildError) error.inJob = jobErrorOf(text, file, [faultOfModel(error)]);
  if (error instanceof DataError && error.key) error.inJob = jobErrorOf(text, file, [faultOfData(error)]);
  if (isFileFault(error)) error.inJob = jobErrorOf(text, file, [faultOfFile(error)]);
  return error;
}

/** A file that a key of the job names is not there. */
interface FileFault extends Error {
  readonly path: string;
  readonly key: readonly string[];
  readonly nearest?: string;
  inJob?: JobError;
}

function isFileFault(error: unknown): error is FileFault {
  const { code, key } = (error ?? {}) as Record<string, unknown>;
  return error instanceof Error && code === 'ENOENT' && Array.isArray(key);
}

function faultOfFile({ path, key, nearest }: FileFault): LocatedFault {
  return { path: key, message: `there is no such file: ${path}`, ...(nearest !== undefined && { nearest }) };
}

/** What `work` throws has its place in the job file. */
export async function inJob<T>(text: string, file: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw placeInJob(error, text, file);
  }
}

function faultOfModel({ path, incoming, needs }: ModelBuildError): LocatedFault {
  const got = incoming.length > 0 ? `got [${incoming.join(', ')}], ` : '';
  return { path, message: `${got}${needs}` };
}

function faultOfData({ key = [], message, file, line, column, hint, nearest }: DataError): LocatedFault {
  const where = line === undefined ? file : `${file}:${line}`;
  const help = hint === undefined || nearest !== undefined ? '' : ` ${hint}`;
  return {
    path: key,
    message: `${where}: ${message}${help}`,
    ...(column !== undefined && { word: column }),
    ...(nearest !== undefined && { nearest }),
  };
}
