import type Database from 'libsql';
import type { OutputResults } from '../../shared/nn/metrics/class-results.ts';
import type { ClassesRecord } from './store.ts';

export function writeClasses(database: Database.Database, record: ClassesRecord): void {
  const { incarnation, version, outputs } = record;
  database
    .prepare('INSERT OR REPLACE INTO classes (only_row, incarnation, version, outputs) VALUES (1, ?, ?, ?)')
    .run([incarnation, version, JSON.stringify(outputs)]);
}

/** Undefined before the first evaluation, and where an older version wrote the store. */
export function readClasses(database: Database.Database): ClassesRecord | undefined {
  const { count } = database
    .prepare("SELECT count(*) AS count FROM sqlite_master WHERE type = 'table' AND name = 'classes'")
    .get([]) as { count: number };
  if (count === 0) return undefined;
  const row = database.prepare('SELECT * FROM classes').get([]) as
    | Record<string, string | number>
    | undefined;
  return (
    row && {
      incarnation: Number(row['incarnation']),
      version: Number(row['version']),
      outputs: JSON.parse(String(row['outputs'])) as OutputResults[],
    }
  );
}
