import { existsSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'libsql';
import { DamagedCheckpoint, readCheckpoint, type Wanted } from './checkpoint-file.ts';
import { readClasses } from './classes.ts';
import { type Life, readLives } from './lives.ts';
import { checkSchema } from './schema.ts';
import type {
  BookEntry,
  Checkpoint,
  ClassesRecord,
  CommittedVersion,
  EvaluationRecord,
  RunRecord,
} from './store.ts';
import { guarded, StoreError, toStoreError } from './store-error.ts';
import {
  keptVersions,
  readAnswers,
  readBooks,
  readEvaluations,
  readRounds,
  readRunRow,
  type VersionRow,
} from './tables.ts';

export const DATABASE = 'run.sqlite';
export const CHECKPOINTS = 'checkpoints';

/** A look into a run that changes nothing and needs no lock: also while a coordinator works on it. */
export interface RunReader {
  readonly directory: string;
  readonly run: RunRecord;
  /** @param wanted which vectors of its checkpoint; all when left out */
  latest(wanted?: Wanted): Promise<Latest | undefined>;
  /** The checkpoint of one of `versions()`, or some of its vectors. @throws StoreError `io` when it is damaged. */
  load(version: CommittedVersion, wanted?: Wanted): Promise<Checkpoint>;
  versions(): readonly CommittedVersion[];
  evaluations(): readonly EvaluationRecord[];
  /** How classes fared in the newest evaluation. */
  classes(): ClassesRecord | undefined;
  rounds(): readonly { readonly round: number; readonly json: unknown }[];
  books(): readonly BookEntry[];
  lives(): readonly Life[];
  /** Participants that have answered the survey of a run that is still at it. */
  answers(): number;
  close(): void;
}

export interface Latest {
  readonly committed: CommittedVersion;
  readonly checkpoint: Checkpoint;
  /** One sentence for each newer checkpoint that was passed over. */
  readonly damaged: readonly string[];
}

/**
 * Opens a run for reading, for `show`, `export` and the like.
 *
 * @throws StoreError `not-found`, `schema`, `io`
 */
export function readRun(directory: string): RunReader {
  const path = join(directory, DATABASE);
  if (!existsSync(path)) throw noRun(directory);
  const doing = `reading the run in ${directory}`;
  const database = guarded(doing, () => new Database(path));
  try {
    const run = guarded(doing, () => {
      database.exec('PRAGMA busy_timeout = 5000');
      database.exec('PRAGMA query_only = ON');
      return checkSchema(database, path) === 0 ? undefined : readRunRow(database);
    });
    if (!run) throw noRun(directory);
    return {
      directory,
      run,
      latest: async (wanted) => (await newestIntact(directory, keptVersions(database), wanted)).latest,
      load: (version, wanted) => load(directory, version, wanted),
      versions: () => guarded(doing, () => keptVersions(database).map(committedOf)),
      evaluations: () => guarded(doing, () => readEvaluations(database)),
      classes: () => guarded(doing, () => readClasses(database)),
      rounds: () => guarded(doing, () => readRounds(database)),
      books: () => guarded(doing, () => readBooks(database)),
      lives: () => guarded(doing, () => readLives(database)),
      answers: () => (isSurvey(run) ? guarded(doing, () => readAnswers(database).size) : 0),
      close: () => database.close(),
    };
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Whether the run is still asking its participants for what its job does not declare: there is no model yet. */
export function isSurvey({ dataHash }: Pick<RunRecord, 'dataHash'>): boolean {
  return dataHash === '';
}

export function noRun(directory: string): StoreError {
  return new StoreError('not-found', `There is no run in ${directory}. 'tributary runs' lists the runs.`);
}

/** The newest checkpoint that is what was committed, and what was passed over to find it. */
export async function newestIntact(
  directory: string,
  versions: readonly VersionRow[],
  wanted?: Wanted,
): Promise<{ readonly latest: Latest | undefined; readonly damaged: readonly VersionRow[] }> {
  const damaged: VersionRow[] = [];
  const reports: string[] = [];
  for (const row of [...versions].reverse()) {
    try {
      const checkpoint = await readCheckpoint(join(directory, row.file), row.hash, wanted);
      return { latest: { committed: committedOf(row), checkpoint, damaged: reports }, damaged };
    } catch (error) {
      if (!(error instanceof DamagedCheckpoint)) throw toStoreError(error, `reading ${row.file}`);
      damaged.push(row);
      reports.push(`${row.file} (version ${row.version}) is damaged: ${error.message}`);
    }
  }
  if (damaged.length === 0) return { latest: undefined, damaged };
  throw new StoreError(
    'io',
    `No checkpoint of the run in ${directory} is intact: ${reports.join('; ')}. Restore the folder from a copy, or start a new run.`,
  );
}

async function load(directory: string, version: CommittedVersion, wanted?: Wanted): Promise<Checkpoint> {
  try {
    return await readCheckpoint(join(directory, version.file), version.hash, wanted);
  } catch (error) {
    throw toStoreError(error, `reading ${version.file}`);
  }
}

export function committedOf({ sequence: _, ...committed }: VersionRow): CommittedVersion {
  return committed;
}
