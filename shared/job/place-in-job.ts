import { DataError } from '../data/data-error.ts';
import { ModelBuildError } from '../nn/model-build-error.ts';
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
  return error;
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
