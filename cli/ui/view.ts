import type { BestVersion } from '../../coordinator/store/best-version.ts';
import type { OutputResults } from '../../shared/nn/metrics/class-results.ts';
import type { Spread } from './spread.ts';

/** What the live screen of a run shows; whoever runs it fills it in. */
export interface RunView {
  readonly job: string;
  readonly run: string;
  readonly data: { readonly training: number; readonly test: number; readonly source?: string };
  /** Rows are with those who train. */
  readonly participants?: boolean;
  readonly parameters: number;
  readonly strategy: string;
  readonly members: readonly MemberRow[];
  /** In place of the members, where they are too many to name or only virtual. */
  readonly crowd?: string;
  readonly progress: Progress;
  /** Loss of past rounds or evaluations, oldest first; the last ones are drawn. */
  readonly losses: readonly number[];
  /** Why nothing moves, when nothing does. */
  readonly waiting?: string;
  /** Short lines under the rest: the command that joins, processes that were restarted. */
  readonly notices: readonly string[];
}

export interface MemberRow {
  readonly name: string;
  /** `onnxruntime-node cpu`. */
  readonly engine: string;
  readonly threads: number;
  readonly state: 'working' | 'preparing' | 'idle' | 'away';
  /** Bytes of frozen weights that are there, of a member that fetches some. */
  readonly fetched?: { readonly bytes: number; readonly of: number };
  /** Examples a second; undefined before the first update. */
  readonly speed: number | undefined;
}

export interface Progress {
  /** From 1; `epochs` is undefined in a job of rounds. */
  readonly epoch: number;
  readonly epochs: number | undefined;
  readonly round: number;
  readonly rounds: number;
  /** Of the last round. */
  readonly loss: number | undefined;
  /** Of the last evaluation: name and value of its first metric, as `accuracy` 0.97. */
  readonly metric: { readonly name: string; readonly value: number } | undefined;
  /** Of the last evaluation: how that is spread over participants that hold their rows. */
  readonly spread?: Spread | undefined;
  /** Examples a second, of all members. */
  readonly speed: number | undefined;
  readonly bytes: { readonly sent: number; readonly received: number };
  readonly secondsLeft: number | undefined;
}

/** What is printed when a run has ended. */
export interface RunReport {
  readonly run: string;
  readonly reason: 'completed' | 'early-stopping' | 'stopped' | 'diverged';
  readonly message: string;
  readonly metrics: Readonly<Record<string, number>>;
  /** The version that the metrics are of, and the one that is kept: they differ where a run was stopped between two evaluations. */
  readonly versions: { readonly measured: number | undefined; readonly committed: number | undefined };
  /** The best of the commits, where the job keeps one, and the one that the model is of. */
  readonly best?:
    | { readonly of: BestVersion; readonly counted: boolean; readonly exported: number }
    | undefined;
  /** Of the last evaluation, for each output that has classes. */
  readonly classes: readonly OutputResults[];
  /** Seconds, rounds and bytes of the whole run, also of what went before it was resumed. */
  readonly seconds: number;
  /** Of a simulation, in which `seconds` are those on this machine. */
  readonly virtualSeconds?: number;
  readonly rounds: number;
  /** To members and from them. */
  readonly bytes: { readonly sent: number; readonly received: number };
  /** Seconds by phase, summed over rounds. */
  readonly phases: Readonly<Record<string, number>>;
  /** Path of model.onnx, when it was exported. */
  readonly model: string | undefined;
  /** What else people should know of how it ended. */
  readonly note?: string | undefined;
  /** Commands to type next. */
  readonly next: readonly string[];
}
