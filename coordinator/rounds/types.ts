/**
 * The vocabulary of the round core: a pure function `(state, event) → (state, effects)`. No clock, no socket, no promise: time
 * arrives in events, random state is inside the state.
 */

export type MemberId = string;
export type AssignmentId = string;

/** Milliseconds since the epoch; always given, never read. */
export type Instant = number;

/** Positions [start, end) in the seeded permutation of an epoch, or rows of a split for evaluation. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

export type Work =
  /** One gradient of the loss's sum over these examples. */
  | ({ readonly kind: 'gradient'; readonly epoch: number } & Range)
  /** Optimizer steps on the member over these examples, in order, `batch` at a time (the last may be smaller). */
  | ({ readonly kind: 'local'; readonly epoch: number; readonly batch: number } & Range)
  /** Epochs over the member's own data (federated). */
  | { readonly kind: 'own'; readonly epochs: number; readonly batch: number }
  /** Exact sums of loss and metrics over rows of the held-out split. */
  | ({ readonly kind: 'evaluate' } & Range);

/** What a strategy adds to a member's gradient, declaratively: g + proximal·(w − w_base) + Σ coefficientᵢ·sectionᵢ. */
export interface GradientTerms {
  readonly proximal?: number;
  /** Vectors added to every gradient: of the server (sent along) or of the member (kept there). */
  readonly corrections?: readonly {
    readonly vector: string;
    readonly owner: 'server' | 'member';
    readonly coefficient: number;
  }[];
}

/** A vector of the update beside the parameters' delta: how the member makes it, declaratively. */
export interface UpdateSection {
  readonly name: string;
  /**
   * `control`: SCAFFOLD's option II, c_i⁺ − c_i with c_i⁺ = c_i − c + (w_start − w_end)/(steps·rate); the member keeps c_i⁺ as `member.<name>`.
   */
  readonly make: 'control';
}

export interface Assignment {
  readonly id: AssignmentId;
  readonly member: MemberId;
  /** The weights version it starts from. */
  readonly version: number;
  readonly round: number;
  readonly work: Work;
  /** Server time by which it is handed to someone else as well; Infinity while nothing has been learned. */
  readonly deadline: Instant;
  readonly terms: GradientTerms;
  readonly sections: readonly UpdateSection[];
  /** Globs of parameter names that stay with the member (FedBN, FedPer). */
  readonly local: readonly string[];
  /** Learning rate for local steps; the schedule's value at the window's first step. */
  readonly learningRate: number;
  /** Position in the window: updates are summed in this order, so that a run is reproducible bit for bit. */
  readonly order: number;
}

/** What arrives with an update beside its vectors. All sums, never means. */
export interface UpdateHeader {
  readonly examples: number;
  /** loss, denominator, correct, … over the work's examples. */
  readonly sums: Readonly<Record<string, number>>;
  /** Optimizer steps taken (1 for a gradient). */
  readonly steps: number;
  /** Milliseconds the member computed. */
  readonly computeMs: number;
  /** Named vectors that came: 'parameters', 'control', … */
  readonly sections: readonly string[];
}

export interface MemberDescription {
  readonly id: MemberId;
  readonly name: string;
  readonly engine: string;
  readonly threads: number;
  /** Rows of its own, for federated work; 0 for a worker node. */
  readonly ownExamples: number;
}

export interface Cursor {
  readonly epoch: number;
  /** Next position of the epoch's permutation that has not been planned. */
  readonly position: number;
}

export type Event =
  | { readonly type: 'start'; readonly at: Instant }
  | { readonly type: 'joined'; readonly at: Instant; readonly member: MemberDescription }
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
    }
  /** The `step` effect was carried out. */
  | { readonly type: 'stepped'; readonly at: Instant; readonly version: number; readonly finite: boolean }
  /** The `commit` effect was carried out: durable. */
  | { readonly type: 'committed'; readonly at: Instant; readonly version: number }
  | { readonly type: 'stop'; readonly at: Instant; readonly reason: string }
  | { readonly type: 'tick'; readonly at: Instant };

export type DiscardReason = 'duplicate' | 'late' | 'unknown' | 'stale' | 'refused' | 'rolled-back';

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
  /** Server vectors moved by their section's sum: vector += sum · scale. */
  readonly vectors: readonly { readonly name: string; readonly scale: number }[];
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
    }
  | {
      readonly type: 'discard';
      readonly assignment: AssignmentId;
      readonly member: MemberId;
      readonly reason: DiscardReason;
    }
  | { readonly type: 'step'; readonly round: number; readonly version: number; readonly step: ServerStep }
  | { readonly type: 'commit'; readonly version: number }
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
    }
  | {
      readonly type: 'finished';
      readonly reason: 'completed' | 'early-stopping' | 'stopped' | 'diverged';
      readonly message: string;
    };
