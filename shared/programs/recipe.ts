import type { DataJob, LossJob, MemoryJob, OptimizerJob } from '../job/job.ts';
import type { TargetSpec } from '../nn/model.ts';

/** How long a run goes on, and by which strategy. */
export interface Plan {
  readonly strategy: string;
  readonly rounds?: number | undefined;
  readonly epochs?: number | undefined;
  /** Of data that members hold: what each of them does in a round. Assignments say what is done in fact. */
  readonly work?: {
    /** Passes over its rows. */
    readonly epochs?: number | undefined;
    /** Optimizer steps, at most. */
    readonly steps?: number | undefined;
    /** Rows of one optimizer step; 0: all of them. */
    readonly batch: number;
  };
}

/** What a run's strategy asks a member to hold, beside weights, gradient and optimizer. Each is a vector of the model's length. */
export interface MemberState {
  /** Parameters that stay with the member (FedBN, FedPer, FedRep). */
  readonly personal?: boolean;
  /** A model that trains beside the shared one (Ditto). */
  readonly beside?: boolean;
  /** The optimizer's moments last from round to round (DiLoCo); they have memory anyway. */
  readonly moments?: boolean;
  /**
   * `server.<name>`: comes with an assignment; `change.<name>`: a section that is sent; `member.<name>`, `residual.<name>`: stay
   * with the member from round to round.
   */
  readonly vectors?: readonly string[];
}

/**
 * What travels beside the forward graph: enough for a member to derive its own programs. It is data, not code, so a
 * member can check it before it takes part.
 */
export interface Recipe {
  readonly loss: LossJob;
  readonly target: TargetSpec;
  /** The optimizer that members run in local steps. */
  readonly optimizer: OptimizerJob;
  readonly clipNorm: number | undefined;
  /** Metrics that evaluations have beside the usual ones. */
  readonly metrics?: readonly string[];
  /** How members save memory. */
  readonly memory?: MemoryJob;
  /** What a participant is told of the run before it consents. */
  readonly plan?: Plan;
  /** What members remember; nothing when left out. */
  readonly state?: MemberState;
  /** Keys the permutation and the noise. */
  readonly seed: number;
  /** How the table was read, so that a member can read its own copy of it (`--data`). */
  readonly data: DataJob;
}
