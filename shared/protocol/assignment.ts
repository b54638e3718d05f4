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
  | OwnWork
  /** Exact sums of loss and metrics over rows of the held-out split. */
  | ({ readonly kind: 'evaluate' } & Range)
  | EvaluateOwnWork
  /** Sums over the member's own rows of what the job does not declare. */
  | { readonly kind: 'survey' };

/** Training on the member's own rows (federated). */
export interface OwnWork {
  readonly kind: 'own';
  readonly epochs: number;
  /** Examples of one optimizer step; 0: all of them. */
  readonly batch: number;
  /** Optimizer steps at most; as many as the epochs have when left out. */
  readonly steps?: number;
  /** FedRep: epochs before, in which only what stays with the member learns; then only the rest does. */
  readonly personalEpochs?: number;
  /** Ditto: a personal model that trains beside, pulled towards the weights. */
  readonly beside?: { readonly epochs: number; readonly proximal: number };
  /** The optimizer's moments are kept from round to round (DiLoCo); else each round begins with none. */
  readonly keepsOptimizer?: boolean;
}

/** Exact sums of loss and metrics over rows of the member's own that it does not train on. */
export interface EvaluateOwnWork {
  readonly kind: 'evaluate-own';
  /** Epochs of training on its other rows first; the weights are dropped afterwards. */
  readonly fineTune?: { readonly epochs: number; readonly batch: number };
  /** With the personal model that trains beside. */
  readonly beside?: boolean;
}

/** Numbers that an update's sums carry beside loss and metrics (q-FedAvg needs both). */
export type Measure =
  /** `base-loss` and `base-denominator` of the weights that the work starts from, over the rows that it trains on. */
  | 'base-loss'
  /** `delta-squares`: the squared L2 norm of the update's trainable part. */
  | 'delta-squares';

/** Whether the answer to the work carries vectors; that to an evaluation is sums only. */
export function changesWeights({ kind }: Work): boolean {
  return kind === 'gradient' || kind === 'local' || kind === 'own';
}

/** Whether it is done on rows of the member's own. */
export function isOwn({ kind }: Work): boolean {
  return kind === 'own' || kind === 'evaluate-own';
}

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
   * `dual`: FedDyn's; the vector `member.<name>` moves by coefficient · (w_start − w_end), and is not sent.
   */
  readonly make: 'control' | 'dual';
  readonly coefficient?: number;
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
  readonly measures?: readonly Measure[];
  /** Server vectors of which the member may start instead of the weights: it takes the best on its own rows (IFCA). */
  readonly choices?: readonly string[];
  /** Server vector that an evaluation measures: it is sent in place of the weights, so that the member need not know of it. */
  readonly model?: string;
  /**
   * Of a member that remembers something: the last of its updates that counts, in the weights that it starts from or the window that is
   * open, empty for none. What it remembers goes on from there.
   */
  readonly counted?: AssignmentId;
  /** The last of them in the newest commit, made or under way: a coordinator that dies goes back to it. */
  readonly kept?: AssignmentId;
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
