import type { DataJob, LossJob, MemoryJob, OptimizerJob } from '../job/job.ts';
import type { TargetSpec } from '../nn/model.ts';

/** How long a run goes on, and by which strategy. */
export interface Plan {
  readonly strategy: string;
  readonly rounds?: number | undefined;
  readonly epochs?: number | undefined;
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
  /** Keys the permutation and the noise. */
  readonly seed: number;
  /** How the table was read, so that a member can read its own copy of it (`--data`). */
  readonly data: DataJob;
}
