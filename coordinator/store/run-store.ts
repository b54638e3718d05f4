import { rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type Database from 'libsql';
import type { OutputResults } from '../../shared/nn/metrics/class-results.ts';
import { type FileCheckpoint, openCheckpoint, readCheckpoint, writeCheckpoint } from './checkpoint-file.ts';
import { writeClasses } from './classes.ts';
import { enterCommit } from './enter-commit.ts';
import { type Life, readLives, writeLife } from './lives.ts';
import type { RunLock } from './lock.ts';
import { CHECKPOINTS, type CheckpointReader, committedOf, type Latest, newestIntact } from './read-run.ts';
import type { Retention } from './retention.ts';
import type {
  BookEntry,
  Checkpoint,
  CommittedVersion,
  EvaluationRecord,
  RoundRow,
  RunRecord,
  RunStore,
} from './store.ts';
import { guarded, StoreError, toStoreError } from './store-error.ts';
import {
  bookWriter,
  keptVersions,
  metricsText,
  readBooks,
  readEvaluations,
  readLastCommitted,
  readRounds,
  type VersionRow,
} from './tables.ts';
import { transact } from './transact.ts';

/** The contract's store on embedded SQLite. */
export class SqliteRunStore implements RunStore {
  readonly directory: string;
  #run: RunRecord;
  readonly #database: Database.Database;
  readonly #lock: RunLock;
  readonly #retention: Retention;
  /** Commits follow one another, whoever asks. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(
    directory: string,
    database: Database.Database,
    lock: RunLock,
    run: RunRecord,
    retention: Retention,
  ) {
    this.directory = directory;
    this.#database = database;
    this.#lock = lock;
    this.#run = run;
    this.#retention = retention;
  }

  get run(): RunRecord {
    return this.#run;
  }

  commit(checkpoint: Checkpoint, updates: readonly BookEntry[]): Promise<CommittedVersion> {
    const mine = this.#last.then(() => this.#commit(checkpoint, updates));
    this.#last = mine.catch(() => undefined);
    return mine;
  }

  async #commit(checkpoint: Checkpoint, updates: readonly BookEntry[]): Promise<CommittedVersion> {
    const doing = `committing version ${checkpoint.version}`;
    const { incarnation } = this.#run;
    const file = `${CHECKPOINTS}/v${checkpoint.version}-${incarnation}.safetensors`;
    const path = join(this.directory, file);
    // A commit that is refused must not touch the file of the one before it.
    this.#refuseRepeated(checkpoint.version);
    try {
      const hash = await writeCheckpoint(path, checkpoint);
      const { version, round, metrics } = checkpoint;
      const committed = { incarnation, version, round, hash, file, at: Date.now(), metrics };
      const pruned = enterCommit(this.#database, committed, updates, this.#retention);
      // Only now does SQLite not name them any more. What a crash leaves here is removed at the next opening.
      await Promise.all(pruned.map((row) => rm(join(this.directory, row.file), { force: true })));
      return committed;
    } catch (error) {
      if (!this.#names(file)) rmSync(path, { force: true });
      throw toStoreError(error, doing, this.directory);
    }
  }

  #refuseRepeated(version: number): void {
    const row = this.#guarded(`committing version ${version}`, () =>
      this.#database
        .prepare('SELECT 1 FROM versions WHERE incarnation = ? AND version = ?')
        .get([this.#run.incarnation, version]),
    );
    if (row) throw new StoreError('invalid', `Version ${version} of this incarnation is committed already.`);
  }

  /** Whether the database names the file; when it cannot be asked, the file is left to the next opening. */
  #names(file: string): boolean {
    try {
      return this.#database.prepare('SELECT 1 FROM versions WHERE file = ?').get([file]) !== undefined;
    } catch {
      return true;
    }
  }

  book(entries: readonly BookEntry[]): void {
    this.#guarded('booking updates', () =>
      transact(this.#database, () => {
        const insert = bookWriter(this.#database);
        for (const entry of entries) insert(entry, entry.status, null);
      }),
    );
  }

  recordEvaluation(record: EvaluationRecord, classes: readonly OutputResults[] = []): void {
    const { incarnation, version, round, epoch, at, metrics } = record;
    this.#guarded('recording an evaluation', () =>
      transact(this.#database, () => {
        this.#database
          .prepare(
            'INSERT INTO evaluations (incarnation, version, round, epoch, at, metrics) VALUES (?, ?, ?, ?, ?, ?)',
          )
          .run([incarnation, version, round, epoch, at, metricsText(metrics)]);
        writeClasses(this.#database, { incarnation, version, outputs: classes });
      }),
    );
  }

  recordRounds(rows: readonly RoundRow[]): void {
    this.#guarded('recording rounds', () =>
      transact(this.#database, () => {
        const insert = this.#database.prepare(
          'INSERT OR REPLACE INTO rounds (incarnation, round, at, json) VALUES (?, ?, ?, ?)',
        );
        for (const { incarnation, round, at, json } of rows) {
          insert.run([incarnation, round, at, JSON.stringify(json)]);
        }
      }),
    );
  }

  recordLife(life: Life): void {
    this.#guarded('recording what the run took', () => writeLife(this.#database, life));
  }

  lives(): readonly Life[] {
    return this.#guarded('reading what the run took', () => readLives(this.#database));
  }

  finish(status: RunRecord['status'], message: string): void {
    this.#guarded('finishing the run', () =>
      this.#database.prepare('UPDATE run SET status = ?, message = ?').run([status, message]),
    );
    this.#run = { ...this.#run, status, message };
  }

  latest(): Promise<Latest | undefined> {
    return this.#newest(readCheckpoint);
  }

  openLatest(): Promise<Latest<FileCheckpoint> | undefined> {
    return this.#newest(openCheckpoint);
  }

  async #newest<Read>(read: CheckpointReader<Read>): Promise<Latest<Read> | undefined> {
    const { latest, damaged } = await newestIntact(
      this.directory,
      () => this.#guarded('reading versions', () => keptVersions(this.#database)),
      read,
    );
    if (damaged.length > 0)
      this.#guarded('marking damaged checkpoints', () => this.#giveUp(damaged, 'damaged'));
    return latest;
  }

  withdraw(version: number): CommittedVersion | undefined {
    return this.#guarded(`taking version ${version} back`, () => {
      const kept = keptVersions(this.#database);
      const newest = kept.at(-1);
      const before = kept.at(-2);
      if (newest?.version !== version || !before) return newest && committedOf(newest);
      this.#giveUp([newest], 'withdrawn');
      rmSync(join(this.directory, newest.file), { force: true });
      return committedOf(before);
    });
  }

  /** The run goes on from an older version: what only these contained does not count. */
  #giveUp(versions: readonly VersionRow[], state: 'damaged' | 'withdrawn'): void {
    transact(this.#database, () => {
      const mark = this.#database.prepare('UPDATE versions SET state = ? WHERE sequence = ?');
      const undo = this.#database.prepare(
        "UPDATE books SET status = 'rolled-back' WHERE version = ? AND status = 'committed'",
      );
      for (const { sequence } of versions) {
        mark.run([state, sequence]);
        undo.run([sequence]);
      }
    });
  }

  versions(): readonly CommittedVersion[] {
    return this.#guarded('reading versions', () => keptVersions(this.#database).map(committedOf));
  }

  evaluations(): readonly EvaluationRecord[] {
    return this.#guarded('reading evaluations', () => readEvaluations(this.#database));
  }

  rounds(): readonly { readonly round: number; readonly json: unknown }[] {
    return this.#guarded('reading rounds', () => readRounds(this.#database));
  }

  books(): readonly BookEntry[] {
    return this.#guarded('reading the books', () => readBooks(this.#database));
  }

  lastCommitted(): ReadonlyMap<string, string> {
    return this.#guarded('reading the books', () => readLastCommitted(this.#database));
  }

  #guarded<T>(doing: string, work: () => T): T {
    return guarded(doing, work, this.directory);
  }

  close(): void {
    if (!this.#database.open) return;
    this.#database.close();
    this.#lock.release();
  }
}
