import { existsSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'libsql';
import { command } from '../../shared/text/command.ts';
import {
  DamagedCheckpoint,
  type FileCheckpoint,
  MissingCheckpoint,
  openCheckpoint,
  readCheckpoint,
} from './checkpoint-file.ts';
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
  latest(): Promise<Latest | undefined>;
  /** The same, of which no vector is in memory. To be closed. */
  openLatest(): Promise<Latest<FileCheckpoint> | undefined>;
  /** The checkpoint of one of `versions()`. @throws StoreError `io` when it is damaged, `not-found` when it is not kept any more. */
  load(version: CommittedVersion): Promise<Checkpoint>;
  /** The same, of which no vector is in memory. To be closed. */
  open(version: CommittedVersion): Promise<FileCheckpoint>;
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

export interface Latest<Read = Checkpoint> {
  readonly committed: CommittedVersion;
  readonly checkpoint: Read;
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
    const kept = (): VersionRow[] => guarded(doing, () => keptVersions(database));
    return {
      directory,
      run,
      latest: async () => (await newestIntact(directory, kept, readCheckpoint)).latest,
      openLatest: async () => (await newestIntact(directory, kept, openCheckpoint)).latest,
      load: (version) => intact(directory, version, kept, readCheckpoint),
      open: (version) => intact(directory, version, kept, openCheckpoint),
      versions: () => kept().map(committedOf),
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
  return new StoreError('not-found', `There is no run in ${directory}. '${command('runs')}' lists the runs.`);
}

export type CheckpointReader<Read> = (path: string, hash: string) => Promise<Read>;

/** The rows of the versions that are kept now, oldest first. */
type Kept = () => readonly VersionRow[];

/**
 * The newest checkpoint that is what was committed, and what was passed over to find it. A coordinator at work may remove a file after its
 * row was read, but never while its row says that it is kept: so a missing file is believed to be damage only if it still does.
 */
export async function newestIntact<Read>(
  directory: string,
  kept: Kept,
  read: CheckpointReader<Read>,
): Promise<{ readonly latest: Latest<Read> | undefined; readonly damaged: readonly VersionRow[] }> {
  const damaged: VersionRow[] = [];
  const reports: string[] = [];
  let versions = kept();
  for (;;) {
    const row = versions
      .filter(({ sequence }) => damaged.every((other) => other.sequence !== sequence))
      .at(-1);
    if (row === undefined) break;
    try {
      const checkpoint = await read(join(directory, row.file), row.hash);
      return { latest: { committed: committedOf(row), checkpoint, damaged: reports }, damaged };
    } catch (error) {
      if (!(error instanceof DamagedCheckpoint)) throw toStoreError(error, `reading ${row.file}`);
      if (error instanceof MissingCheckpoint) {
        versions = kept();
        if (!names(versions, row)) continue;
      }
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

async function intact<Read>(
  directory: string,
  committed: CommittedVersion,
  kept: Kept,
  read: CheckpointReader<Read>,
): Promise<Read> {
  const { file, hash, version } = committed;
  try {
    return await read(join(directory, file), hash);
  } catch (error) {
    if (error instanceof MissingCheckpoint && !names(kept(), committed)) {
      throw new StoreError(
        'not-found',
        `Version ${version} of the run in ${directory} is not kept any more: newer ones took its place.`,
        { cause: error },
      );
    }
    throw toStoreError(error, `reading ${file}`);
  }
}

function names(versions: readonly VersionRow[], { file }: CommittedVersion): boolean {
  return versions.some((row) => row.file === file);
}

export function committedOf({ sequence: _, ...committed }: VersionRow): CommittedVersion {
  return committed;
}
