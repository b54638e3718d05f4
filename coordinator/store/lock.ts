import { existsSync, mkdirSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import Database from 'libsql';
import { guarded, StoreError, toStoreError } from './store-error.ts';

const FILE = 'lock.sqlite';

/** Longer than `isLocked` holds it: a look at a run must not keep a coordinator from it. */
const PATIENCE = 'PRAGMA busy_timeout = 250';

/** A held lock; it ends with the process, however that ends. */
export interface RunLock {
  release(): void;
}

/**
 * Takes the lock of a run's folder.
 *
 * @throws StoreError `locked` with the holder's process and host.
 */
export function lockRun(directory: string): RunLock {
  return lockFolder(directory, {
    doing: 'locking the run',
    held: (holder) =>
      `Another coordinator has the run in ${directory} open${holder}. Stop it first; if it was killed, its lock is gone with it.`,
  });
}

/**
 * Takes the lock of a folder. The lock is an open SQLite transaction on `lock.sqlite`, so the operating
 * system keeps it: a holder that was killed holds nothing, and a process id that was used again blocks nobody. The
 * file's row says who holds it, for the message only.
 *
 * @throws StoreError `locked` with the holder's process and host.
 */
export function lockFolder(
  directory: string,
  words: { readonly doing: string; readonly held: (holder: string) => string },
): RunLock {
  let database: Database.Database | undefined;
  try {
    database = new Database(join(directory, FILE));
    database.exec(PATIENCE);
    database.exec('BEGIN IMMEDIATE');
    database.exec('CREATE TABLE IF NOT EXISTS holder (pid INTEGER, host TEXT, since INTEGER)');
    database.exec('DELETE FROM holder');
    database.prepare('INSERT INTO holder VALUES (?, ?, ?)').run([process.pid, hostname(), Date.now()]);
    database.exec('COMMIT');
    // Others can read who holds it, and not begin a transaction that writes.
    database.exec('BEGIN IMMEDIATE');
    const held = database;
    return {
      release() {
        // Closing alone would wait until the statements are garbage-collected.
        held.exec('ROLLBACK');
        held.close();
      },
    };
  } catch (error) {
    const busy = isBusy(error);
    const holder = busy && database ? describeHolder(database) : '';
    database?.close();
    if (!busy) throw toStoreError(error, `${words.doing} in ${directory}`);
    throw new StoreError('locked', words.held(holder), { cause: error });
  }
}

/**
 * Whether some process holds the lock of a run's folder, on this machine or another one; undefined when the folder does not let
 * itself be asked, as on a file system that is read-only here.
 */
export function isLocked(directory: string): boolean | undefined {
  const file = join(directory, FILE);
  if (!existsSync(file)) return false;
  let database: Database.Database | undefined;
  try {
    database = new Database(file);
    database.exec('BEGIN IMMEDIATE');
    database.exec('ROLLBACK');
    return false;
  } catch (error) {
    if (isBusy(error)) return true;
    return database && isHolderGone(database) ? false : undefined;
  } finally {
    database?.close();
  }
}

/** Where the lock itself cannot be asked: whether its holder was a process of this machine that has ended. */
export function isHolderGone(database: Database.Database): boolean {
  try {
    const holder = readHolder(database);
    if (!holder || holder.host !== hostname()) return false;
    process.kill(holder.pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

function isBusy(error: unknown): boolean {
  return /^SQLITE_BUSY/.test(String((error as { code?: unknown }).code));
}

function describeHolder(database: Database.Database): string {
  try {
    const row = readHolder(database);
    return row ? ` (process ${row.pid} on ${row.host}, since ${new Date(row.since).toISOString()})` : '';
  } catch {
    return '';
  }
}

function readHolder(
  database: Database.Database,
): { readonly pid: number; readonly host: string; readonly since: number } | undefined {
  return database.prepare('SELECT pid, host, since FROM holder').get([]) as ReturnType<typeof readHolder>;
}

/**
 * Makes a run's folder and takes its lock, before anything is written there: of two that begin the same run at once, one does.
 *
 * @returns whether the folder was made here: only then it may be removed again
 * @throws StoreError `locked`, `io`
 */
export function claimFolder(directory: string): { readonly lock: RunLock; readonly isNew: boolean } {
  const isNew = guarded(`creating ${directory}`, () => {
    mkdirSync(dirname(directory), { recursive: true });
    try {
      mkdirSync(directory);
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
      throw error;
    }
  });
  return { lock: lockRun(directory), isNew };
}
