import type { Plateau } from '../../shared/nn/schedules/plateau.ts';
import type { Archive } from '../membership/archive.ts';
import type { MemberState } from '../membership/members.ts';
import type { RoundConfig } from './config.ts';
import type {
  AssignmentId,
  CommitSnapshot,
  Cursor,
  FinishReason,
  GradientTerms,
  Instant,
  Measure,
  MemberId,
  ServerStep,
  UpdateHeader,
  UpdateSection,
  Work,
} from './types.ts';

/** One handing-out of a piece. A piece has several when it was handed again, or as a spare. */
export interface Copy {
  readonly id: AssignmentId;
  readonly member: MemberId;
  /** Version of the weights it starts from. */
  readonly version: number;
  readonly at: Instant;
  /** null: nothing has been learned yet (`patienceOf`). */
  readonly deadline: Instant | null;
  /** Its member went away. Nobody waits for it, but when it comes first after all, it counts. */
  readonly lost: boolean;
}

/** Why a piece came back. */
export interface Failure {
  readonly member: MemberId;
  readonly reason: string;
  readonly nonFinite: boolean;
}

/** The update that won its piece, waiting for the pieces before it. */
export interface Winner {
  readonly copy: Copy;
  readonly header: UpdateHeader;
  readonly weight: number;
  readonly buffersWeight: number;
  readonly divisor: number;
  readonly scalars?: Readonly<Record<string, number>>;
}

/**
 * Work that must be counted exactly once. `open`: has no update yet (with no live copy, it waits for a member); `staged`: won,
 * waits for its turn; `added`: counted.
 */
export interface Piece {
  readonly order: number;
  readonly work: Work;
  readonly terms: GradientTerms;
  readonly sections: readonly UpdateSection[];
  readonly local: readonly string[];
  readonly measures?: readonly Measure[];
  readonly choices?: readonly string[];
  /** Of an evaluation on the coordinator's rows: the server vector that is measured in place of the weights. */
  readonly model?: string;
  /** The longest that it is waited for, whatever was learned. */
  readonly patienceMs?: number;
  readonly learningRate: number;
  readonly status: 'open' | 'staged' | 'added';
  readonly copies: readonly Copy[];
  readonly failures: readonly Failure[];
  readonly winner: Winner | null;
}

/** Sums over the updates of a window or an evaluation, and who sent them. */
export interface Tally {
  readonly received: number;
  readonly divisor: number;
  readonly buffersDivisor: number;
  readonly examples: number;
  /** Most optimizer steps that a member took. */
  readonly steps: number;
  /** What the strategy asked to be summed beside the vectors. */
  readonly scalars: Readonly<Record<string, number>>;
  readonly sums: Readonly<Record<string, number>>;
  readonly members: readonly MemberId[];
}

/** A window of aggregation: what must come, or came, between two versions. */
export interface Window {
  readonly round: number;
  readonly epoch: number;
  readonly openedAt: Instant;
  readonly learningRate: number;
  readonly pieces: readonly Piece[];
  readonly tally: Tally;
}

/** Exact sums over the held-out rows, all of one version. */
export interface Evaluation {
  readonly version: number;
  readonly round: number;
  readonly epoch: number;
  readonly pieces: readonly Piece[];
  readonly tally: Tally;
  /** The same of the models beside the weights, by their vectors' names. */
  readonly models: Readonly<Record<string, Tally>>;
  /** Of participants on rows of their own. */
  readonly own: OwnEvaluation;
}

export interface OwnEvaluation {
  readonly tally: Tally;
  /** The metric whose worst decile is shown, of each participant. */
  readonly values: readonly number[];
  /** The strategy's own metrics over members, by name: a value of each participant that has one, and its rows. */
  readonly custom: Readonly<
    Record<string, { readonly values: readonly number[]; readonly weights: readonly number[] }>
  >;
}

/** Best value of the watched metric and how many evaluations ago it was; survives a restart. */
export interface Watch {
  readonly best: number | null;
  readonly since: number;
}

export interface Ending {
  readonly reason: FinishReason;
  readonly message: string;
  /** Version whose weights gave a loss that is not finite. */
  readonly suspect?: number;
}

/**
 * Everything the core knows. All but `config` is plain JSON: `serialize` and `revive` it to replay a recording. It does not grow
 * with the number of rounds.
 */
export interface RoundState {
  readonly config: RoundConfig;
  /** `ready` before the start event; `ending` when only commits are awaited; `finished` does nothing more. */
  readonly status: 'ready' | 'running' | 'ending' | 'finished';
  readonly now: Instant;
  readonly version: number;
  /** Windows closed so far, and the number of the open one. */
  readonly round: number;
  readonly cursor: Cursor;
  /** Global batches done, for the schedule. */
  readonly optimizerSteps: number;
  readonly random: string;
  readonly members: readonly MemberState[];
  /** Of members that were away for long. */
  readonly archive: Archive;
  /** Assignments made in this incarnation. */
  readonly assignments: number;
  readonly window: Window | null;
  readonly evaluation: Evaluation | null;
  /** The `step` effect that has not been answered. */
  readonly stepping: { readonly version: number; readonly step: ServerStep } | null;
  /** The run as it was right after the newest step: what a commit says. */
  readonly snapshot: Omit<CommitSnapshot, 'state' | 'metrics'> & { readonly pending: readonly Piece[] };
  /** Version whose `commit` effect has not been answered. */
  readonly committing: number | null;
  readonly committed: { readonly version: number | null; readonly round: number; readonly at: Instant };
  readonly evaluated: {
    readonly version: number | null;
    readonly epoch: number;
    readonly metrics: Readonly<Record<string, number>>;
  };
  /** Owed before the next step. */
  readonly due: { readonly commit: boolean; readonly evaluate: boolean };
  readonly watch: Watch;
  /** Of a plateau schedule: survives a restart, so that the same evaluations give the same rates. */
  readonly plateau: Plateau;
  /** Of work on members' own rows: windows in a row of which nothing came, and why. */
  readonly fruitless: {
    readonly windows: number;
    readonly failures: readonly Failure[];
    /** Windows whose deadline, named by the job, nobody met, and the members that let it pass. */
    readonly late: { readonly windows: number; readonly members: readonly MemberId[] };
  };
  readonly ending: Ending | null;
  readonly timer: Instant | null;
  readonly waiting: string | null;
}

/** JSON of all but the configuration. */
export function serialize(state: RoundState): string {
  const { config: _, ...rest } = state;
  return JSON.stringify(rest);
}

export function revive(config: RoundConfig, text: string): RoundState {
  return { ...(JSON.parse(text) as Omit<RoundState, 'config'>), config };
}
