import { clipByNorm } from '../../shared/nn/optimizers/clip.ts';
import { matchingEntries } from '../../shared/parameters/glob.ts';
import type { ParameterEntry } from '../../shared/parameters/layout.ts';
import { DENOMINATOR } from '../../shared/programs/program.ts';
import { foldStatistics } from '../../shared/programs/statistics.ts';
import type { GradientTerms } from '../../shared/protocol/assignment.ts';
import { batchGradient } from './batch-gradient.ts';
import type { BoundProgram } from './bound-program.ts';
import type { TrainerContext } from './context.ts';
import { Frozen } from './frozen.ts';
import { SumAccumulator } from './sums.ts';
import { WorkCancelled } from './work-order.ts';

/** Whose turn it is to learn: of the parameters that stay with the member, of the others, or of all. */
export type Learners = 'all' | 'personal' | 'shared';

/** The examples of one optimizer step. */
export interface Batch {
  readonly rows: Uint32Array;
  /** Keys the noise, with the rows. */
  readonly epoch: number;
  /** All of them when left out. */
  readonly learners?: Learners;
}

export interface StepOptions {
  readonly terms: GradientTerms;
  /** Globs of the parameters that stay with the member. */
  readonly local: readonly string[];
  readonly learningRate: number;
  readonly cancelled: () => boolean;
}

/**
 * Optimizer steps over the batches, in order, in place. Corrections and the proximal term are of the loss's mean: they are added
 * after the division by the denominator, and before clipping.
 *
 * @throws WorkCancelled
 */
export async function optimizerSteps(
  context: TrainerContext,
  program: BoundProgram,
  batches: Iterable<Batch>,
  { terms, local, learningRate, cancelled }: StepOptions,
): Promise<{ readonly sums: SumAccumulator; readonly steps: number }> {
  const { memory, layout, parameters, update, optimizer, moments, recipe } = context;
  const { kernels } = memory;
  const range = { start: 0, end: layout.trainable };
  const gradient = update.slice(range.start, range.end);
  const trainable = {
    parameters: parameters.slice(range.start, range.end),
    gradient,
    base: context.base.slice(range.start, range.end),
  };
  const sums = new SumAccumulator();
  let learning: Learners = 'all';
  let frozen = new Frozen([], parameters);
  let steps = 0;
  for (const { rows, epoch, learners = 'all' } of batches) {
    if (cancelled()) throw new WorkCancelled(`cancelled after ${steps} local steps`);
    if (learners !== learning) {
      // Each turn is an optimization of its own: moments that the others' gradients left must not move these.
      if (steps > 0) moments.forget();
      frozen = new Frozen(frozenEntries(context, local, learners), parameters);
      learning = learners;
    }
    const stepSums = await batchGradient(context, program, rows, epoch);
    sums.addAll(stepSums);
    const denominator = stepSums.get(DENOMINATOR);
    if (denominator > 0) kernels.scale(gradient, 1 / denominator);
    context.local.correct(terms, trainable);
    frozen.zero(gradient);
    if (recipe.clipNorm !== undefined) clipByNorm(memory, gradient, recipe.clipNorm);
    const step = ++moments.steps;
    optimizer.step(memory, parameters, update, moments.slots, layout, { learningRate, step });
    frozen.putBack(parameters);
    foldStatistics(layout, parameters.view, update.view, rows.length, 'ema');
    steps++;
  }
  return { sums, steps };
}

/** Statistics are measured, not learned: they are never frozen. */
function frozenEntries(
  { layout }: TrainerContext,
  local: readonly string[],
  learners: Learners,
): readonly ParameterEntry[] {
  if (learners === 'all') return [];
  const personal = new Set(matchingEntries(layout, local));
  return layout.entries.filter(
    (entry) => entry.section === 'trainable' && personal.has(entry) === (learners === 'shared'),
  );
}
