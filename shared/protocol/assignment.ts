/** What coordinator and members say to each other about work: assignments down, updates up. */

export type MemberId = string;
export type AssignmentId = string;

/** Milliseconds since the epoch; always given, never read. */
export type Instant = number;

/** Positions [start, end) in the seeded permutation of an epoch, or rows of a split for evaluation. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/** Of a GAN: which of the two networks learns. */
export type Phase = 'discriminator' | 'generator';

export type Work =
  /** One gradient of the loss's sum over these examples; zeros for the other network's weights where there is a phase. */
  | ({ readonly kind: 'gradient'; readonly epoch: number; readonly phase?: Phase } & Range)
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

export type DiscardReason = 'duplicate' | 'late' | 'unknown' | 'stale' | 'refused' | 'rolled-back';
