import type Database from 'libsql';
import type { SurveySums } from '../../shared/data/survey.ts';
import type { MemberId } from '../rounds/types.ts';
import type { RunLock } from './lock.ts';
import { DEFAULT_RETENTION, type Retention } from './retention.ts';
import { SqliteRunStore } from './run-store.ts';
import type { RunRecord, RunStore } from './store.ts';
import { guarded } from './store-error.ts';
import { readAnswers } from './tables.ts';

/** The memory of a run before its first round: what participants answered, so that none of it is lost with the coordinator. */
export class SurveyStore {
  readonly #database: Database.Database;
  readonly #lock: RunLock;
  /** Closed, or handed on to the run's own store. */
  #given = false;

  constructor(
    readonly directory: string,
    database: Database.Database,
    lock: RunLock,
    readonly run: RunRecord,
  ) {
    this.#database = database;
    this.#lock = lock;
  }

  /** By participant, in the order in which they came. */
  answers(): ReadonlyMap<MemberId, SurveySums> {
    return this.#guarded('reading the answers of the survey', () => readAnswers(this.#database));
  }

  /** On the disk when it returns. @throws StoreError `disk-full`, `io`; `invalid` when the participant has answered before */
  add(member: MemberId, sums: SurveySums): void {
    this.#guarded('writing an answer of the survey', () =>
      this.#database
        .prepare('INSERT INTO survey VALUES (?, ?, ?)')
        .run([member, Date.now(), JSON.stringify(sums)]),
    );
  }

  /** It ends in good order before all have answered. */
  stop(message: string): void {
    this.#guarded('stopping the survey', () =>
      this.#database.prepare("UPDATE run SET status = 'stopped', message = ?").run([message]),
    );
  }

  /** All have answered: from here on it is a run. Its store is closed in place of this one. */
  begin(dataHash: string, retention: Retention = DEFAULT_RETENTION): RunStore {
    const run: RunRecord = {
      ...this.run,
      dataHash,
      status: 'running',
      incarnation: this.run.incarnation + 1,
    };
    this.#guarded('beginning the run', () =>
      this.#database
        .prepare('UPDATE run SET data_hash = ?, status = ?, incarnation = ?')
        .run([dataHash, run.status, run.incarnation]),
    );
    this.#given = true;
    return new SqliteRunStore(this.directory, this.#database, this.#lock, run, retention);
  }

  #guarded<T>(doing: string, work: () => T): T {
    return guarded(doing, work, this.directory);
  }

  close(): void {
    if (this.#given) return;
    this.#given = true;
    this.#database.close();
    this.#lock.release();
  }
}
