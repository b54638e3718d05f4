import type { Optimizer } from '../../shared/nn/optimizers/optimizer.ts';
import type { ParameterLayout } from '../../shared/parameters/layout.ts';
import type { Vector, VectorMemory } from '../../shared/parameters/memory.ts';
import type { Recipe } from '../../shared/programs/recipe.ts';
import type { BatchLoader } from './batch-loader.ts';
import type { LocalState } from './local-state.ts';
import type { LossScale } from './loss-scale.ts';
import type { MicroBatches } from './micro-batches.ts';
import type { Moments } from './moments.ts';

/** Everything that the kinds of work share. */
export interface TrainerContext {
  readonly layout: ParameterLayout;
  readonly memory: VectorMemory;
  readonly recipe: Recipe;
  readonly loader: BatchLoader;
  readonly optimizer: Optimizer;
  /** The optimizer's state in local steps; it stays with the member. */
  readonly moments: Moments;
  /** Weights that programs read: [trainable, buffers]. */
  readonly parameters: Vector;
  /** Gradients and batch statistics, at the same offsets; in the end the update. */
  readonly update: Vector;
  /** Where the updates of micro-batches are added up; there when the run has any. */
  readonly gathered?: Vector | undefined;
  /** How many examples run at once. */
  readonly microBatches: MicroBatches;
  /** Of gradients in mixed precision. */
  readonly lossScale: LossScale;
  /** The weights that the assignment started from; what local steps subtract. */
  readonly base: Vector;
  readonly local: LocalState;
}

/** What a kind of work leaves behind: sums, and the vectors that make up the update. */
export interface Done {
  readonly examples: number;
  readonly steps: number;
  readonly sums: Readonly<Record<string, number>>;
  /** Names of the update's vectors: first that of the delta (or gradient), which is in `update`; then of changes. */
  readonly sections: readonly string[];
}
