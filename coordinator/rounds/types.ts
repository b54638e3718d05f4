/**
 * The vocabulary of the round core: a pure function `(state, event) → (state, effects)`. No clock, no socket, no promise: time
 * arrives in events, random state is inside the state.
 */

import type {
  Assignment,
  AssignmentId,
  DiscardReason,
  Instant,
  MemberId,
  Phase,
  UpdateHeader,
} from '../../shared/protocol/assignment.ts';
import type { OwnRows } from '../../shared/protocol/messages.ts';

export type {
  Assignment,
  AssignmentId,
  DiscardReason,
  EvaluateOwnWork,
  GradientTerms,
  Instant,
  Measure,
  MemberId,
  OwnWork,
  Phase,
  Range,
  UpdateHeader,
  UpdateSection,
  Work,
} from '../../shared/protocol/assignment.ts';

export interface MemberDescription {
  readonly id: MemberId;
  readonly name: string;
  readonly engine: string;
  readonly threads: number;
  /**
   * `worker`: trains on the run's rows. `participant`: on rows of its own. `evaluator`: the coordinator's own, which measures on its
   * held-out rows, so that nobody else is sent them or is believed about them.
   */
  readonly role: MemberRole;
  /** Of a participant. */
  readonly rows?: OwnRows;
}

export type MemberRole = 'worker' | 'participant' | 'evaluator';

export interface Cursor {
  readonly epoch: number;
  /** Next position of the epoch's permutation that has not been planned. */
  readonly position: number;
}

export type Event =
  | { readonly type: 'start'; readonly at: Instant }
  | {
      readonly type: 'joined';
      readonly at: Instant;
      readonly member: MemberDescription;
      /** Assignments that it still works on, after its connection broke; it has lost all others. */
      readonly holds?: readonly AssignmentId[];
    }
  /** Its connection is gone for good. Not to be said of an old connection that a new one of the same member has replaced. */
  | { readonly type: 'left'; readonly at: Instant; readonly member: MemberId; readonly reason: string }
  /** The member is there, and asks to be given nothing more (Ctrl-C): what it holds is handed back. */
  | { readonly type: 'leaving'; readonly at: Instant; readonly member: MemberId }
  /** Staged: complete, checksummed and finite. It is in memory until an `add` or `discard` effect names it. */
  | {
      readonly type: 'update';
      readonly at: Instant;
      readonly assignment: AssignmentId;
      readonly member: MemberId;
      readonly header: UpdateHeader;
    }
  | {
      readonly type: 'failed';
      readonly at: Instant;
      readonly assignment: AssignmentId;
      readonly member: MemberId;
      readonly reason: string;
      /** The loss, or the update, was NaN or infinite: two members that say so of the same work mean divergence. */
      readonly nonFinite?: boolean;
    }
  /** The `step` effect was carried out; when not `finite`, the weights before it were kept. */
  | { readonly type: 'stepped'; readonly at: Instant; readonly version: number; readonly finite: boolean }
  /** The `commit` effect was carried out: durable. */
  | { readonly type: 'committed'; readonly at: Instant; readonly version: number }
  | {
      readonly type: 'stop';
      readonly at: Instant;
      /** What the run needs is not there: nobody asked for its end. */
      readonly failed?: boolean;
      readonly reason: string;
    }
  | { readonly type: 'tick'; readonly at: Instant };

/** How the sums of a closed window become the next version. */
export interface ServerStep {
  /**
   * `gradient`: parameters' sum / divisor is a gradient for the job's optimizer, at `learningRate`.
   * `outer`: it is a pseudo-gradient (mean delta w_start − w_end) for the outer optimizer.
   */
  readonly kind: 'gradient' | 'outer';
  readonly divisor: number;
  readonly learningRate: number;
  /** Buffers: `ema` folds the batch statistics in with the layer's momentum, `set` replaces by the mean over members. */
  readonly buffers: 'ema' | 'set';
  readonly buffersDivisor: number;
  /** Of a GAN: the network that is stepped, and the number of its own step, from 1. All weights when left out. */
  readonly part?: { readonly phase: Phase; readonly step: number };
  /** Server vectors moved by their section's sum: vector += sum · scale. */
  readonly vectors: readonly VectorStep[];
  readonly models?: readonly ModelStep[];
  /** After the step and the vectors': parameters += coefficient · vector, over the trainable part (FedDyn). */
  readonly corrections?: readonly { readonly vector: string; readonly coefficient: number }[];
}

/** A model beside the weights (IFCA's clusters): value −= its section's sum / divisor; buffers become their mean. */
export interface ModelStep {
  readonly name: string;
  readonly divisor: number;
  readonly buffersDivisor: number;
}

export interface VectorStep {
  readonly name: string;
  readonly scale: number;
  /** Whose sum: its own section's, or the parameters' deltas. */
  readonly from?: 'parameters';
}

export interface RoundReport {
  readonly round: number;
  readonly epoch: number;
  readonly version: number;
  readonly examples: number;
  readonly sums: Readonly<Record<string, number>>;
  readonly members: readonly MemberId[];
  readonly startedAt: Instant;
  readonly closedAt: Instant;
  readonly learningRate: number;
}

/**
 * What a commit of `version` says about the run, beside the vectors as they are when the effect is carried out (before any later
 * `step`). It contains every `add` whose `round` is below `round`, and none other.
 */
export interface CommitSnapshot {
  readonly version: number;
  /** Windows closed so far; the next one has this number. */
  readonly round: number;
  readonly optimizerSteps: number;
  readonly cursor: Cursor;
  readonly random: string;
  /** Early stopping, learned speeds, work in flight: give it back in `RoundConfig.resume` as it is. */
  readonly state: unknown;
  /** Of the evaluation of this very version, else empty. */
  readonly metrics: Readonly<Record<string, number>>;
}

export type FinishReason = 'completed' | 'early-stopping' | 'stopped' | 'diverged' | 'failed';

export type Effect =
  | { readonly type: 'assign'; readonly assignment: Assignment }
  | {
      readonly type: 'cancel';
      readonly assignment: AssignmentId;
      readonly member: MemberId;
      readonly reason: string;
    }
  /** Add the staged update into the window's sums with these weights, then free it. Emitted in summation order. */
  | {
      readonly type: 'add';
      readonly assignment: AssignmentId;
      readonly weight: number;
      readonly buffersWeight: number;
      /** For the books: who, in which window, from which weights, how many examples. */
      readonly member: MemberId;
      readonly round: number;
      readonly baseVersion: number;
      readonly examples: number;
    }
  /** The sums of an evaluation's piece were counted in the core: there is nothing to add, free what is staged. */
  | { readonly type: 'counted'; readonly assignment: AssignmentId; readonly member: MemberId }
  /** Free the update of this assignment that arrived last; it does not count. */
  | {
      readonly type: 'discard';
      readonly assignment: AssignmentId;
      readonly member: MemberId;
      readonly reason: DiscardReason;
      /** Why, in words, for the log. */
      readonly message: string;
      /** Window and base version of the assignment; undefined when this coordinator does not know it (any more). */
      readonly round?: number;
      readonly baseVersion?: number;
      readonly examples: number;
    }
  /** Make `version` from the sums, then clear them and say `stepped`. */
  | {
      readonly type: 'step';
      readonly round: number;
      /** The version that the step makes. */
      readonly version: number;
      readonly step: ServerStep;
      /** Number of this step for the server's optimizer, from 1 (Adam's bias correction). */
      readonly optimizerStep: number;
    }
  /** Copy the vectors before going on, make them durable, say `committed`. Never two at once. */
  | { readonly type: 'commit'; readonly version: number; readonly checkpoint: CommitSnapshot }
  /** Ask for a `tick` at this instant; a later effect replaces an earlier one. */
  | { readonly type: 'timer'; readonly at: Instant }
  | { readonly type: 'waiting'; readonly reason: string }
  | { readonly type: 'round'; readonly report: RoundReport }
  | {
      readonly type: 'evaluated';
      readonly version: number;
      readonly round: number;
      readonly epoch: number;
      readonly sums: Readonly<Record<string, number>>;
      readonly examples: number;
      readonly metrics: Readonly<Record<string, number>>;
    }
  | {
      readonly type: 'finished';
      readonly reason: FinishReason;
      readonly message: string;
      /** Version whose weights gave a loss that is not finite: they are no result. */
      readonly suspect?: number;
    };
