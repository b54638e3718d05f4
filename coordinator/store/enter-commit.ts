import type Database from 'libsql';
import { type Retention, superfluous } from './retention.ts';
import type { BookEntry, CommittedVersion } from './store.ts';
import { StoreError } from './store-error.ts';
import { bookWriter, keptVersions, metricsText, readEvaluations, type VersionRow } from './tables.ts';
import { transact } from './transact.ts';

/**
 * The one transaction of a commit: the version with its file and hash, its updates booked as committed, and the versions
 * that the policy gives up forgotten.
 *
 * @returns the forgotten ones, whose files nobody names any more.
 * @throws StoreError `invalid` for an update that was committed or rolled back before; nothing is entered then.
 */
export function enterCommit(
  database: Database.Database,
  committed: CommittedVersion,
  updates: readonly BookEntry[],
  retention: Retention,
): readonly VersionRow[] {
  return transact(database, () => {
    const sequence = insertVersion(database, committed);
    bookCommitted(database, updates, sequence);
    const pruned = superfluous(
      retention.best === undefined ? keptVersions(database) : versionsWithEvaluations(database),
      retention,
    );
    const forget = database.prepare("UPDATE versions SET state = 'pruned' WHERE sequence = ?");
    for (const row of pruned) forget.run([row.sequence]);
    return pruned;
  });
}

function insertVersion(database: Database.Database, committed: CommittedVersion): number {
  const { incarnation, version, round, hash, file, at, metrics } = committed;
  const { lastInsertRowid } = database
    .prepare(
      "INSERT INTO versions (incarnation, version, round, hash, file, at, metrics, state) VALUES (?, ?, ?, ?, ?, ?, ?, 'kept')",
    )
    .run([incarnation, version, round, hash, file, at, metricsText(metrics)]);
  return Number(lastInsertRowid);
}

function bookCommitted(database: Database.Database, updates: readonly BookEntry[], sequence: number): void {
  const confirm = database.prepare(
    "UPDATE books SET status = 'committed', version = ? WHERE incarnation = ? AND assignment = ? AND status = 'added'",
  );
  const counted = database.prepare(
    "SELECT status FROM books WHERE incarnation = ? AND assignment = ? AND status IN ('committed', 'rolled-back')",
  );
  const insert = bookWriter(database);
  for (const entry of updates) {
    const key = [entry.incarnation, entry.assignment];
    const before = counted.get(key) as { status: string } | undefined;
    if (before) {
      throw new StoreError(
        'invalid',
        `The update of assignment ${entry.assignment} (incarnation ${entry.incarnation}) is booked as ${before.status}: it cannot be committed again.`,
      );
    }
    if (confirm.run([sequence, ...key]).changes === 0) {
      insert(entry, 'committed', sequence);
    }
  }
}

/** Kept versions, each with the metrics of its own evaluation where there was one. */
function versionsWithEvaluations(database: Database.Database): VersionRow[] {
  const evaluated = new Map(
    readEvaluations(database, 'kept').map((row) => [`${row.incarnation}/${row.version}`, row.metrics]),
  );
  return keptVersions(database).map((row) => ({
    ...row,
    metrics: evaluated.get(`${row.incarnation}/${row.version}`) ?? row.metrics,
  }));
}
