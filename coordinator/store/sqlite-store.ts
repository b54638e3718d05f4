import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'libsql';
import { command } from '../../shared/text/command.ts';
import { lockRun, type RunLock } from './lock.ts';
import { CHECKPOINTS, DATABASE, noRun } from './read-run.ts';
import { DEFAULT_RETENTION, type Retention } from './retention.ts';
import { SqliteRunStore } from './run-store.ts';
import { configure, migrate } from './schema.ts';
import type { RunRecord, RunStore } from './store.ts';
import { guarded, StoreError, toStoreError } from './store-error.ts';
import { SurveyStore } from './survey-store.ts';
import { keptVersions, readRunRow } from './tables.ts';
import { transact } from './transact.ts';

export type NewRun = Pick<RunRecord, 'id' | 'name' | 'createdAt' | 'jobText' | 'jobHash' | 'dataHash'>;

/**
 * Creates a run in a folder, made if need be, and opens it as incarnation 1. When it fails, nothing is left of it.
 *
 * @param held the folder's lock, where it is held already: it is the run's from here on, and released when this fails
 * @throws StoreError `exists`, `locked`, `disk-full`, `io`
 */
export function createRun(
  directory: string,
  record: NewRun,
  retention: Retention = DEFAULT_RETENTION,
  held?: RunLock,
): RunStore {
  const run: RunRecord = { ...pick(record), status: 'running', message: '', incarnation: 1 };
  return create(
    directory,
    run,
    (database, lock) => new SqliteRunStore(directory, database, lock, run, retention),
    held,
  );
}

/**
 * The same for a run whose participants are asked first: `begin` makes it a run.
 *
 * @throws StoreError `exists`, `locked`, `disk-full`, `io`
 */
export function createSurvey(
  directory: string,
  record: Omit<NewRun, 'dataHash'>,
  held?: RunLock,
): SurveyStore {
  const run: RunRecord = {
    ...pick({ ...record, dataHash: '' }),
    status: 'surveying',
    message: '',
    incarnation: 0,
  };
  return create(directory, run, (database, lock) => new SurveyStore(directory, database, lock, run), held);
}

function pick({ id, name, createdAt, jobText, jobHash, dataHash }: NewRun): NewRun {
  return { id, name, createdAt, jobText, jobHash, dataHash };
}

function create<T>(
  directory: string,
  run: RunRecord,
  use: (database: Database.Database, lock: RunLock) => T,
  held?: RunLock,
): T {
  const created = !existsSync(directory);
  try {
    guarded(`creating ${directory}`, () => mkdirSync(join(directory, CHECKPOINTS), { recursive: true }));
    return withDatabase(
      directory,
      (database, lock) => {
        migrate(database, join(directory, DATABASE));
        if (readRunRow(database)) {
          throw new StoreError(
            'exists',
            `There is a run in ${directory} already. Resume it (${command('runs')} says how), or choose another id.`,
          );
        }
        insertRun(database, run);
        return use(database, lock);
      },
      held,
    );
  } catch (error) {
    if (created) rmSync(directory, { recursive: true, force: true });
    throw error;
  }
}

function insertRun(database: Database.Database, run: RunRecord): void {
  const { id, name, createdAt, jobText, jobHash, dataHash, status, message, incarnation } = run;
  database
    .prepare('INSERT INTO run VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?, ?)')
    .run([id, name, createdAt, jobText, jobHash, dataHash, status, message, incarnation]);
}

/**
 * Opens a run to go on with it, as its next incarnation: updates that were added to sums that are lost become
 * `rolled-back`, and files that no commit names are removed.
 *
 * @throws StoreError `not-found`, `locked`, `schema`, `disk-full`, `io`
 */
export function openRun(directory: string, retention: Retention = DEFAULT_RETENTION): RunStore {
  if (!existsSync(join(directory, DATABASE))) throw noRun(directory);
  return withDatabase(directory, (database, lock) => {
    migrate(database, join(directory, DATABASE));
    transact(database, () => {
      database.exec('UPDATE run SET incarnation = incarnation + 1');
      database.exec("UPDATE run SET status = 'running', message = '' WHERE status <> 'completed'");
      database.exec("UPDATE books SET status = 'rolled-back' WHERE status = 'added'");
    });
    const run = readRunRow(database);
    if (!run) throw noRun(directory);
    mkdirSync(join(directory, CHECKPOINTS), { recursive: true });
    removeOrphans(directory, new Set(keptVersions(database).map((version) => version.file)));
    return new SqliteRunStore(directory, database, lock, run, retention);
  });
}

/**
 * Opens a run that is still asking its participants, to go on with it as its next incarnation.
 *
 * @throws StoreError `not-found`, `locked`, `schema`, `disk-full`, `io`
 */
export function openSurvey(directory: string): SurveyStore {
  if (!existsSync(join(directory, DATABASE))) throw noRun(directory);
  return withDatabase(directory, (database, lock) => {
    migrate(database, join(directory, DATABASE));
    database.exec(
      "UPDATE run SET incarnation = incarnation + 1, status = 'surveying', message = '' WHERE data_hash = ''",
    );
    const run = readRunRow(database);
    if (run?.dataHash !== '')
      throw new StoreError('invalid', `The survey of the run in ${directory} is done.`);
    return new SurveyStore(directory, database, lock, run);
  });
}

/** Takes the lock, then opens the database; gives both back when `use` fails. */
function withDatabase<T>(
  directory: string,
  use: (database: Database.Database, lock: RunLock) => T,
  held?: RunLock,
): T {
  const lock = held ?? lockRun(directory);
  let database: Database.Database | undefined;
  try {
    database = new Database(join(directory, DATABASE));
    configure(database);
    return use(database, lock);
  } catch (error) {
    database?.close();
    lock.release();
    throw toStoreError(error, `opening the run in ${directory}`);
  }
}

/** Partial files, checkpoints whose transaction never came, and pruned ones that a crash left. */
function removeOrphans(directory: string, named: ReadonlySet<string>): void {
  for (const name of readdirSync(join(directory, CHECKPOINTS))) {
    const file = `${CHECKPOINTS}/${name}`;
    if (!named.has(file)) rmSync(join(directory, file), { force: true });
  }
}
