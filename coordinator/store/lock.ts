import { hostname } from 'node:os';
import { join } from 'node:path';
import Database from 'libsql';
import { StoreError, toStoreError } from './store-error.ts';

/** A held lock; it ends with the process, however that ends. */
export interface RunLock {
  release(): void;
}

/**
 * Takes the lock of a run's folder. The lock is an open SQLite transaction on `lock.sqlite`, so the operating
 * system keeps it: a holder that was killed holds nothing, and a process id that was used again blocks nobody. The
 * file's row says who holds it, for the message only.
 *
 * @throws StoreError `locked` with the holder's process and host.
 */
export function lockRun(directory: string): RunLock {
  let database: Database.Database | undefined;
  try {
    database = new Database(join(directory, 'lock.sqlite'));
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
    const busy = /^SQLITE_BUSY/.test(String((error as { code?: unknown }).code));
    const holder = busy && database ? describeHolder(database) : '';
    database?.close();
    if (!busy) throw toStoreError(error, `locking the run in ${directory}`);
    throw new StoreError(
      'locked',
      `Another coordinator has the run in ${directory} open${holder}. Stop it first; if it was killed, its lock is gone with it.`,
      { cause: error },
    );
  }
}

function describeHolder(database: Database.Database): string {
  try {
    const row = database.prepare('SELECT pid, host, since FROM holder').get([]) as
      | { pid: number; host: string; since: number }
      | undefined;
    return row ? ` (process ${row.pid} on ${row.host}, since ${new Date(row.since).toISOString()})` : '';
  } catch {
    return '';
  }
}
