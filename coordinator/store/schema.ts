import type Database from 'libsql';
import { StoreError } from './store-error.ts';
import { transact } from './transact.ts';

/** Migrations in order; once released one is never changed, only followed by another. */
const MIGRATIONS: readonly string[] = [
  `CREATE TABLE run (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    job_text TEXT NOT NULL,
    job_hash TEXT NOT NULL,
    data_hash TEXT NOT NULL,
    status TEXT NOT NULL,
    message TEXT NOT NULL,
    incarnation INTEGER NOT NULL
  );
  -- state: kept (its file is there), pruned (removed by policy), damaged (found not to match its hash), withdrawn (its
  -- loss turned out not to be finite).
  CREATE TABLE versions (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    incarnation INTEGER NOT NULL,
    version INTEGER NOT NULL,
    round INTEGER NOT NULL,
    hash TEXT NOT NULL,
    file TEXT NOT NULL,
    at INTEGER NOT NULL,
    metrics TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('kept', 'pruned', 'damaged', 'withdrawn')),
    UNIQUE (incarnation, version)
  );
  -- version: the committed version that contains the update.
  CREATE TABLE books (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    incarnation INTEGER NOT NULL,
    assignment TEXT NOT NULL,
    member TEXT NOT NULL,
    round INTEGER NOT NULL,
    base_version INTEGER NOT NULL,
    status TEXT NOT NULL,
    examples INTEGER NOT NULL,
    version INTEGER REFERENCES versions (sequence)
  );
  -- An update counts once: whatever else arrives for an assignment is booked under another status.
  CREATE UNIQUE INDEX books_counted ON books (incarnation, assignment)
    WHERE status IN ('added', 'committed', 'rolled-back');
  CREATE INDEX books_assignment ON books (incarnation, assignment);
  CREATE INDEX books_version ON books (version);
  CREATE TABLE evaluations (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    incarnation INTEGER NOT NULL,
    version INTEGER NOT NULL,
    round INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    at INTEGER NOT NULL,
    metrics TEXT NOT NULL
  );
  CREATE TABLE rounds (
    incarnation INTEGER NOT NULL,
    round INTEGER NOT NULL,
    at INTEGER NOT NULL,
    json TEXT NOT NULL,
    PRIMARY KEY (incarnation, round)
  ) WITHOUT ROWID;`,
  // What each life of the coordinator took up to its last commit: a resumed run's report counts them all.
  `CREATE TABLE lives (
    incarnation INTEGER PRIMARY KEY,
    seconds REAL NOT NULL,
    sent INTEGER NOT NULL,
    received INTEGER NOT NULL,
    phases TEXT NOT NULL
  );`,
  // What participants answered before there is a model. A run without a data_hash is still at it.
  `CREATE TABLE survey (
    member TEXT PRIMARY KEY,
    at INTEGER NOT NULL,
    sums TEXT NOT NULL
  );`,
  // How classes fared in the newest evaluation: for each output, each of its classes.
  `CREATE TABLE classes (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    incarnation INTEGER NOT NULL,
    version INTEGER NOT NULL,
    outputs TEXT NOT NULL
  );`,
];

/** Makes every commit durable before it returns: the write-ahead log is synced on each (SQLite, "PRAGMA synchronous"). */
export function configure(database: Database.Database): void {
  database.exec('PRAGMA journal_mode = WAL');
  database.exec('PRAGMA synchronous = FULL');
  database.exec('PRAGMA foreign_keys = ON');
  database.exec('PRAGMA busy_timeout = 5000');
}

/** The number of migrations that were applied; 0 for an empty database. */
export function schemaVersion(database: Database.Database): number {
  const table = database
    .prepare("SELECT count(*) AS count FROM sqlite_master WHERE type = 'table' AND name = 'migrations'")
    .get([]) as { count: number };
  if (table.count === 0) return 0;
  const row = database.prepare('SELECT max(number) AS number FROM migrations').get([]) as {
    number: number | null;
  };
  return row.number ?? 0;
}

/** @throws StoreError `schema` when a newer program wrote the database. */
export function checkSchema(database: Database.Database, path: string): number {
  const version = schemaVersion(database);
  if (version > MIGRATIONS.length) {
    throw new StoreError(
      'schema',
      `${path} was written by a newer version of tributary (schema ${version}; this one knows ${MIGRATIONS.length}). Update tributary.`,
    );
  }
  return version;
}

/** Brings the database to the newest schema, each migration in its own transaction. */
export function migrate(database: Database.Database, path: string): void {
  for (let number = checkSchema(database, path); number < MIGRATIONS.length; number++) {
    transact(database, () => {
      database.exec(
        'CREATE TABLE IF NOT EXISTS migrations (number INTEGER PRIMARY KEY, applied_at INTEGER NOT NULL)',
      );
      database.exec(MIGRATIONS[number]!);
      database.prepare('INSERT INTO migrations VALUES (?, ?)').run([number + 1, Date.now()]);
    });
  }
}
