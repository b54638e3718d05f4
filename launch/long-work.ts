import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { trainableParameters } from '../coordinator/run/description.ts';
import { KEPT_DATA, type OpenRun } from '../coordinator/run/open.ts';
import { spelledBytes } from '../shared/onnx/inspect/plain.ts';

/** Bytes from which on a disk takes seconds to write them: somebody who waits is told for what. */
const LARGE = 256 * 1024 * 1024;

/** What to say while a job's ONNX file is copied; undefined where that is soon done. */
export function copyingText({ file, bytes }: { file: string; bytes: number }): string | undefined {
  return bytes < LARGE ? undefined : `copying ${file} (${spelledBytes(bytes)}) into the run…`;
}

/** What to say while a run's model is exported; undefined where that is soon done. */
export function exportingText(run: Pick<OpenRun, 'store' | 'description'>): string | undefined {
  const kept = join(run.store.directory, KEPT_DATA);
  const weights = 4 * trainableParameters(run.description.layout);
  const bytes = Math.max(weights, existsSync(kept) ? statSync(kept).size : 0);
  return bytes < LARGE ? undefined : `exporting the model (${spelledBytes(bytes)}), and comparing it…`;
}
