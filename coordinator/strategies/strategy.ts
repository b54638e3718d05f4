import type { ServerOptimizerJob } from '../../shared/job/strategy-job.ts';
import type { History } from '../membership/members.ts';
import type {
  Cursor,
  GradientTerms,
  Measure,
  MemberDescription,
  ServerStep,
  UpdateHeader,
  UpdateSection,
  Work,
} from '../rounds/types.ts';
import type { MemberMetric } from './member-metric.ts';

/** A member as the strategy sees it. */
export interface Candidate extends MemberDescription {
  /** Examples a second that it was seen to process; undefined before its first update. */
  readonly speed: number | undefined;
  /** Milliseconds an example from handing out to the update's arrival; undefined before its first update. */
  readonly turnaround?: number | undefined;
  /** What became of work on its own rows so far. */
  readonly history?: History | undefined;
  readonly busy: boolean;
}

export interface PlanContext {
  readonly round: number;
  /** Rounds of the whole run; undefined where it is counted in epochs. */
  readonly rounds?: number | undefined;
  readonly version: number;
  readonly cursor: Cursor;
  /** Examples of the training split. */
  readonly examples: number;
  readonly globalBatch: number;
  /** All present members in a stable order (by when they first joined); idle ones are not `busy`. */
  readonly members: readonly Candidate[];
  /** Assignments of the open window that are neither done nor handed back or given up; 0 at the start of a window. */
  readonly outstanding: number;
  readonly received: number;
  /** Members train on rows of their own (work `own`); else on positions of the run's rows. */
  readonly federated: boolean;
  /** `equal` splits evenly, `by-speed` in proportion to measured speed. */
  readonly assignment: 'equal' | 'by-speed';
  /** Draws a uniform number in [0, 1) from the run's random state. */
  readonly random: () => number;
}

/** A piece of work for a member. What is lost comes back to the loop, which hands it to another. */
export interface Piece {
  readonly member: string;
  readonly work: Work;
  readonly terms?: GradientTerms;
  readonly sections?: readonly UpdateSection[];
  readonly local?: readonly string[];
  readonly measures?: readonly Measure[];
  /** Server vectors of which the member may start instead of the weights (IFCA). */
  readonly choices?: readonly string[];
  /** Of an evaluation: a server vector in place of the weights. */
  readonly model?: string;
  /** Of work on a member's own rows: the longest that it is waited for, in milliseconds, whatever was learned. */
  readonly patienceMs?: number;
}

export interface AcceptContext {
  readonly work: Work;
  /** Rate of the member's optimizer in this window. */
  readonly learningRate: number;
  /** Versions that were made since the update's base version. */
  readonly staleness: number;
}

/** Weights for the sums of a window, or why the update must not count. */
export type Verdict =
  | {
      readonly weight: number;
      readonly buffersWeight: number;
      readonly divisor: number;
      /** Numbers that `finish` needs the sums of. */
      readonly scalars?: Readonly<Record<string, number>>;
    }
  | { readonly refuse: string; readonly reason?: 'stale' | 'refused' };

export interface FinishContext {
  readonly round: number;
  readonly received: number;
  readonly outstanding: number;
  /** Sum of the accepted updates' divisors. */
  readonly divisor: number;
  /** Sum of the accepted updates' buffersWeight. */
  readonly buffersDivisor: number;
  readonly members: number;
  /** Members that are there, whether they were asked or not. */
  readonly present: number;
  /** Sums of the accepted updates' scalars. */
  readonly scalars: Readonly<Record<string, number>>;
  readonly learningRate: number;
  /** The window has as many updates as the strategy's `goal` asks for; whoever is still out is not needed. */
  readonly enough: boolean;
  /** Nothing is outstanding and nothing more will be planned: what was received is all that there will be. */
  readonly exhausted: boolean;
}

/**
 * What differs between ways of training together. The loop owns assignments, deadlines, hand-backs, order and books.
 * Methods are pure.
 */
export interface Strategy {
  readonly name: string;
  /** The server's optimizer of steps of kind `outer`: plain averaging when left out. */
  readonly outer?: ServerOptimizerJob;
  /** Server vectors of the parameters' length that live across rounds and are sent with assignments that ask for them. */
  readonly serverVectors: readonly string[];
  /** Those of them that are models: each begins with initial weights of its own. */
  readonly models?: readonly string[];
  /**
   * `position`: a window is planned at once, closes when all of it is there, and is summed in the order of the plan, bit for bit
   * the same whoever is quicker (where a member is lost and its piece is cut up: to rounding). `arrival`: work overlaps windows and is summed as it comes.
   */
  readonly summation: 'position' | 'arrival';
  /**
   * Over-selection (Bonawitz et al. 2019, "Towards federated learning at scale"): how many updates of so many that were asked for are
   * enough to close a window. Undefined: all of those that come in time.
   */
  goal?(asked: number): number;
  /**
   * Globs of parameter names that stay with each member: no version changes them, and a member evaluates with its own.
   */
  readonly local?: readonly string[];
  /** What a member evaluates beside that: the best of several server vectors, or the model that it trains beside. */
  readonly evaluates?: { readonly choices?: readonly string[]; readonly beside?: boolean };
  /**
   * A gradient whose member is lost may be cut up for those who are idle, into parts of at least so many rows: the sum of their
   * gradients is the whole's, to rounding. Undefined: it goes to one member.
   */
  readonly leastRows?: number;
  /**
   * Work for idle members; called when a window opens and whenever a member becomes idle. A synchronous strategy
   * answers only at the opening (`outstanding` and `received` are 0).
   */
  plan(context: PlanContext): readonly Piece[];
  /** Metrics of its own beside those of the job, of exact sums over rows and members. */
  metrics?(sums: Readonly<Record<string, number>>): Readonly<Record<string, number>>;
  /** Metrics of its own over participants that evaluate on rows of theirs, by name. */
  readonly memberMetrics?: Readonly<Record<string, MemberMetric>>;
  accept(header: UpdateHeader, context: AcceptContext): Verdict;
  /** Called after every accepted or lost piece: the step when the window may close, else undefined. */
  finish(context: FinishContext): ServerStep | undefined;
}
