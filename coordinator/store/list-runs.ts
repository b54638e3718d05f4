import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { readRun } from './read-run.ts';
import { type RunStatus, statusOf } from './run-status.ts';
import type { CommittedVersion, RunRecord } from './store.ts';
import { StoreError, toStoreError } from './store-error.ts';

export interface RunSummary {
  readonly directory: string;
  readonly run: RunRecord;
  /** As it is now: `run.status` is what the coordinator wrote last. */
  readonly status: RunStatus;
  /** The newest commit; undefined before the first. */
  readonly latest: CommittedVersion | undefined;
  /** Of the newest evaluation, also where the run ended or broke off at a later version; empty before the first. */
  readonly metrics: Readonly<Record<string, number>>;
}

/**
 * The runs in the folders directly under `root`, newest first; what is no run, or cannot be read, is left out. No folder: no
 * runs.
 */
export function listRuns(root: string): RunSummary[] {
  let names: string[];
  try {
    names = readdirSync(root);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw toStoreError(error, `listing the runs in ${root}`);
  }
  return names
    .flatMap((name) => summarize(join(root, name)))
    .sort((a, b) => b.run.createdAt - a.run.createdAt || (a.directory < b.directory ? -1 : 1));
}

function summarize(directory: string): RunSummary[] {
  try {
    const reader = readRun(directory);
    try {
      const latest = reader.versions().at(-1);
      return [
        {
          directory,
          run: reader.run,
          status: statusOf(directory, reader.run),
          latest,
          metrics:
            latest && hasAny(latest.metrics) ? latest.metrics : (reader.evaluations().at(-1)?.metrics ?? {}),
        },
      ];
    } finally {
      reader.close();
    }
  } catch (error) {
    if (error instanceof StoreError) return [];
    throw error;
  }
}

function hasAny(metrics: CommittedVersion['metrics']): boolean {
  return Object.keys(metrics).length > 0;
}
