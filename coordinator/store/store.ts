import type { OutputResults } from '../../shared/nn/metrics/class-results.ts';
import type { Tensor } from '../../shared/onnx/tensor.ts';
import type { Cursor, DiscardReason, MemberId } from '../rounds/types.ts';
import type { Life } from './lives.ts';

export type UpdateStatus = 'added' | 'committed' | 'rolled-back' | DiscardReason;

/** One row of the books: what became of one update of one assignment. */
export interface BookEntry {
  readonly incarnation: number;
  readonly assignment: string;
  readonly member: MemberId;
  readonly round: number;
  readonly baseVersion: number;
  readonly status: UpdateStatus;
  readonly examples: number;
}

/** A named flat vector, or the raw bytes of something else, in a checkpoint. */
export interface CheckpointVector {
  readonly name: string;
  readonly data: Float32Array;
}

/** All that a run needs to go on from here. */
export interface Checkpoint {
  readonly version: number;
  readonly round: number;
  readonly optimizerSteps: number;
  readonly cursor: Cursor;
  /** State of the run's random generator. */
  readonly random: string;
  /** `parameters`, optimizer slots (`optimizer.m`, …), outer optimizer, the strategy's server vectors. */
  readonly vectors: readonly CheckpointVector[];
  /** Round core state that must survive, as JSON (early stopping, best metric, learned speeds). */
  readonly state: unknown;
  readonly metrics: Readonly<Record<string, number>>;
}

/** A checkpoint that is kept open, so that nothing changes when a newer one takes its place. */
export interface OpenCheckpoint<Vector extends Tensor = Tensor> extends Omit<Checkpoint, 'vectors'> {
  /** By name, of one dimension each: where they lie in a file, they are read when they are asked for. */
  readonly vectors: ReadonlyMap<string, Vector>;
  close(): Promise<void>;
}

export interface CommittedVersion {
  readonly incarnation: number;
  readonly version: number;
  readonly round: number;
  /** SHA-256 of the checkpoint file. */
  readonly hash: string;
  readonly file: string;
  readonly at: number;
  readonly metrics: Readonly<Record<string, number>>;
}

export interface RunRecord {
  readonly id: string;
  readonly name: string;
  readonly createdAt: number;
  readonly jobText: string;
  readonly jobHash: string;
  /** Empty while the participants are asked for what the job does not declare. */
  readonly dataHash: string;
  readonly status: 'surveying' | 'running' | 'completed' | 'stopped' | 'failed';
  readonly message: string;
  readonly incarnation: number;
}

export interface EvaluationRecord {
  readonly incarnation: number;
  readonly version: number;
  readonly round: number;
  readonly epoch: number;
  readonly at: number;
  readonly metrics: Readonly<Record<string, number>>;
}

/** How classes fared in the newest evaluation. */
export interface ClassesRecord {
  readonly incarnation: number;
  readonly version: number;
  readonly outputs: readonly OutputResults[];
}

/** What a round was like, for `show` and the dashboard. */
export interface RoundRow {
  readonly incarnation: number;
  readonly round: number;
  readonly at: number;
  readonly json: unknown;
}

/** A run's durable memory: one folder with `run.sqlite` and `checkpoints/`. SQLite is the truth. */
export interface RunStore {
  readonly directory: string;
  readonly run: RunRecord;
  /**
   * Writes the checkpoint (fsync, rename, directory fsync), then one transaction that names its hash and books the updates it
   * contains as committed. Nothing is durable before it resolves.
   *
   * @throws StoreError `disk-full`, `io`
   */
  commit(checkpoint: Checkpoint, updates: readonly BookEntry[]): Promise<CommittedVersion>;
  /** Books that are no part of a commit: discarded updates. */
  book(entries: readonly BookEntry[]): void;
  /** @param classes how classes fared: kept of the newest evaluation */
  recordEvaluation(record: EvaluationRecord, classes?: readonly OutputResults[]): void;
  /** In one transaction. */
  recordRounds(rows: readonly RoundRow[]): void;
  /** What this life took so far, in place of what was said of it before. */
  recordLife(life: Life): void;
  /** Of this life and those before, as far as they were recorded. */
  lives(): readonly Life[];
  finish(status: RunRecord['status'], message: string): void;
  /**
   * The newest intact checkpoint. One whose hash does not match is reported by `damaged`, and the one before is taken.
   */
  latest(): Promise<
    | {
        readonly committed: CommittedVersion;
        readonly checkpoint: Checkpoint;
        readonly damaged: readonly string[];
      }
    | undefined
  >;
  /** The same, of which no vector need be in memory. To be closed. */
  openLatest(): Promise<
    | {
        readonly committed: CommittedVersion;
        readonly checkpoint: OpenCheckpoint;
        readonly damaged: readonly string[];
      }
    | undefined
  >;
  /**
   * Takes a version back that turned out to be no good, when it is the newest and there is an older one; the updates that
   * only it contained count as rolled back.
   *
   * @returns the newest version that is left
   */
  withdraw(version: number): CommittedVersion | undefined;
  versions(): readonly CommittedVersion[];
  evaluations(): readonly EvaluationRecord[];
  rounds(): readonly { readonly round: number; readonly json: unknown }[];
  books(): readonly BookEntry[];
  /** The last update of each member that a commit contains, by assignment. */
  lastCommitted(): ReadonlyMap<MemberId, string>;
  close(): void;
}
