import { readdirSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { nearest } from '../../shared/job/explain.ts';
import type { Job } from '../../shared/job/job.ts';
import { onnxFileOf } from './description.ts';

/**
 * Adds to an error that says that the job's ONNX file is not there which key names it, and the file beside it whose name is nearest.
 *
 * @param base folder of the job file
 */
export function missingModel(error: unknown, job: Job, base: string): unknown {
  const named = onnxFileOf(job);
  const { code, path } = error as NodeJS.ErrnoException;
  if (named === undefined || code !== 'ENOENT' || path !== resolve(base, named)) return error;
  const near = nearest(basename(named), filesIn(dirname(path)));
  return Object.assign(error as Error, {
    key: job.model.kind === 'onnx' ? ['model', 'onnx', 'path'] : ['evaluate', 'judge', 'onnx'],
    ...(near !== undefined && { nearest: join(dirname(named), near) }),
  });
}

/** None where the folder is not there either, or may not be read: the file is what is missed. */
function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => /\.onnx$/i.test(name));
  } catch {
    return [];
  }
}
