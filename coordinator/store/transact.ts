import type Database from 'libsql';

/**
 * Runs work in one transaction that writes, and undoes it when it fails. The library's own wrapper would hide the
 * cause of a failed COMMIT: SQLite has rolled back by itself then (full disk), and a second ROLLBACK is an error.
 */
export function transact<T>(database: Database.Database, work: () => T): T {
  database.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    if (database.inTransaction) database.exec('ROLLBACK');
    throw error;
  }
}
