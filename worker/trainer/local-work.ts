import { clipByNorm } from '../../shared/nn/optimizers/clip.ts';
import { DENOMINATOR } from '../../shared/programs/program.ts';
import { foldStatistics, momentsOf } from '../../shared/programs/statistics.ts';
import { batchGradient } from './batch-gradient.ts';
import type { BoundProgram } from './bound-program.ts';
import type { Done, TrainerContext } from './context.ts';
import { SumAccumulator } from './sums.ts';
import { WorkCancelled, type WorkOrder } from './work-order.ts';

/** The examples of one optimizer step. */
export interface Batch {
  readonly rows: Uint32Array;
  /** Keys the noise, with the rows. */
  readonly epoch: number;
}

/**
 * Optimizer steps over the batches, in order. The update is w_start − w_end, so that it acts as a gradient
 * (FedOpt, Reddi et al. 2021), and for the buffers the first two moments of the running statistics.
 *
 * @param examples that the update stands for
 */
export async function localSteps(
  context: TrainerContext,
  program: BoundProgram,
  order: WorkOrder,
  batches: Iterable<Batch>,
  progress: { readonly cancelled: () => boolean; readonly firstStep: number; readonly examples: number },
): Promise<Done> {
  const { memory, layout, parameters, update, base, local, optimizer, slots, recipe } = context;
  const { kernels } = memory;
  const trainable = {
    parameters: parameters.slice(0, layout.trainable),
    gradient: update.slice(0, layout.trainable),
    base: base.slice(0, layout.trainable),
  };
  kernels.copy(base, parameters);
  const sums = new SumAccumulator();
  let steps = 0;
  for (const { rows, epoch } of batches) {
    if (progress.cancelled()) throw new WorkCancelled(`cancelled after ${steps} local steps`);
    const stepSums = await batchGradient(context, program, rows, epoch);
    sums.addAll(stepSums);
    const denominator = stepSums.get(DENOMINATOR);
    if (denominator > 0) kernels.scale(trainable.gradient, 1 / denominator);
    local.correct(order.terms, trainable);
    if (recipe.clipNorm !== undefined) clipByNorm(memory, trainable.gradient, recipe.clipNorm);
    optimizer.step(memory, parameters, update, slots, layout, {
      learningRate: order.learningRate,
      step: progress.firstStep + steps,
    });
    foldStatistics(layout, parameters.view, update.view, rows.length, 'ema');
    steps++;
  }
  local.keep(order.local, parameters);
  for (const section of order.sections) {
    local.makeSection(section, { base, parameters, steps, learningRate: order.learningRate });
  }
  kernels.subtract(trainable.gradient, trainable.base, trainable.parameters);
  momentsOf(layout, parameters.view, update.view);
  local.zero(order.local, update);
  return {
    examples: progress.examples,
    steps,
    sums: sums.toRecord(),
    sections: ['parameters', ...order.sections.map((section) => section.name)],
  };
}
