import type Database from 'libsql';
import type { SurveySums } from '../../shared/data/survey.ts';
import type { BookEntry, CommittedVersion, EvaluationRecord, RunRecord, UpdateStatus } from './store.ts';

/** A kept version with its place in the order of commits. */
export interface VersionRow extends CommittedVersion {
  readonly sequence: number;
}

type Row = Record<string, string | number | null>;
type Metrics = Readonly<Record<string, number>>;

/** JSON has no NaN and no infinity, and a diverged loss is worth a record: those travel as texts. */
export function metricsText(metrics: Metrics): string {
  return JSON.stringify(metrics, (_, value) =>
    typeof value === 'number' && !Number.isFinite(value) ? String(value) : value,
  );
}

export function parseMetrics(text: string): Metrics {
  const entries = Object.entries(JSON.parse(text) as Record<string, number | string>);
  return Object.fromEntries(entries.map(([name, value]) => [name, Number(value)]));
}

export function readRunRow(database: Database.Database): RunRecord | undefined {
  const row = database.prepare('SELECT * FROM run').get([]) as Row | undefined;
  if (!row) return undefined;
  return {
    id: text(row['id']),
    name: text(row['name']),
    createdAt: Number(row['created_at']),
    jobText: text(row['job_text']),
    jobHash: text(row['job_hash']),
    dataHash: text(row['data_hash']),
    status: text(row['status']) as RunRecord['status'],
    message: text(row['message']),
    incarnation: Number(row['incarnation']),
  };
}

/** Answers of a survey by participant, in the order in which they came. */
export function readAnswers(database: Database.Database): ReadonlyMap<string, SurveySums> {
  const rows = database.prepare('SELECT member, sums FROM survey ORDER BY rowid').all([]) as Row[];
  return new Map(rows.map((row) => [text(row['member']), JSON.parse(text(row['sums'])) as SurveySums]));
}

/** Versions whose checkpoints are there, oldest first. */
export function keptVersions(database: Database.Database): VersionRow[] {
  const rows = database
    .prepare("SELECT * FROM versions WHERE state = 'kept' ORDER BY sequence")
    .all([]) as Row[];
  return rows.map((row) => ({
    sequence: Number(row['sequence']),
    incarnation: Number(row['incarnation']),
    version: Number(row['version']),
    round: Number(row['round']),
    hash: text(row['hash']),
    file: text(row['file']),
    at: Number(row['at']),
    metrics: parseMetrics(text(row['metrics'])),
  }));
}

/** All evaluations, or those of versions whose checkpoints are there, in the order in which they were made. */
export function readEvaluations(database: Database.Database, of: 'all' | 'kept' = 'all'): EvaluationRecord[] {
  const kept =
    "WHERE (incarnation, version) IN (SELECT incarnation, version FROM versions WHERE state = 'kept')";
  const rows = database
    .prepare(`SELECT * FROM evaluations ${of === 'kept' ? kept : ''} ORDER BY sequence`)
    .all([]) as Row[];
  return rows.map((row) => ({
    incarnation: Number(row['incarnation']),
    version: Number(row['version']),
    round: Number(row['round']),
    epoch: Number(row['epoch']),
    at: Number(row['at']),
    metrics: parseMetrics(text(row['metrics'])),
  }));
}

/** One report for each round: of a round that was replayed after a crash, the last. */
export function readRounds(database: Database.Database): { round: number; json: unknown }[] {
  const rows = database
    .prepare('SELECT round, json, max(incarnation) FROM rounds GROUP BY round ORDER BY round')
    .all([]) as Row[];
  return rows.map((row) => ({ round: Number(row['round']), json: JSON.parse(text(row['json'])) }));
}

export function readLastCommitted(database: Database.Database): Map<string, string> {
  const rows = database
    .prepare(
      "SELECT member, assignment FROM books WHERE sequence IN (SELECT MAX(sequence) FROM books WHERE status = 'committed' GROUP BY member)",
    )
    .all([]) as { readonly member: string; readonly assignment: string }[];
  return new Map(rows.map(({ member, assignment }) => [member, assignment]));
}

export function readBooks(database: Database.Database): BookEntry[] {
  const rows = database.prepare('SELECT * FROM books ORDER BY sequence').all([]) as Row[];
  return rows.map((row) => ({
    incarnation: Number(row['incarnation']),
    assignment: text(row['assignment']),
    member: text(row['member']),
    round: Number(row['round']),
    baseVersion: Number(row['base_version']),
    status: text(row['status']) as UpdateStatus,
    examples: Number(row['examples']),
  }));
}

/** Enters rows into the books; `version` is the row of the version that contains the update. */
export function bookWriter(
  database: Database.Database,
): (entry: BookEntry, status: UpdateStatus, version: number | null) => void {
  const insert = database.prepare(
    'INSERT INTO books (incarnation, assignment, member, round, base_version, status, examples, version) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
  );
  return ({ incarnation, assignment, member, round, baseVersion, examples }, status, version) => {
    insert.run([incarnation, assignment, member, round, baseVersion, status, examples, version]);
  };
}

function text(value: string | number | null | undefined): string {
  return String(value);
}
