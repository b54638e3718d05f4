import { momentsOf } from '../../shared/programs/statistics.ts';
import type { BoundProgram } from './bound-program.ts';
import type { Done, TrainerContext } from './context.ts';
import { type Batch, optimizerSteps } from './optimizer-steps.ts';
import { makeSection } from './sections.ts';
import type { WorkOrder } from './work-order.ts';

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
  { examples, cancelled }: { readonly examples: number; readonly cancelled: () => boolean },
): Promise<Done> {
  const { memory, layout, parameters, update, base, local } = context;
  const { kernels } = memory;
  kernels.copy(base, parameters);
  const { sums, steps } = await optimizerSteps(context, program, batches, { ...order, cancelled });
  local.keep(order.local, parameters);
  const { trainable } = layout;
  kernels.subtract(update.slice(0, trainable), base.slice(0, trainable), parameters.slice(0, trainable));
  momentsOf(layout, parameters.view, update.view);
  local.zero(order.local, update);
  for (const section of order.sections) {
    makeSection(context, section, { steps, learningRate: order.learningRate });
  }
  const sent = order.sections.filter(({ make }) => make !== 'dual');
  return {
    examples,
    steps,
    sums: sums.toRecord(),
    sections: ['parameters', ...sent.map(({ name }) => name)],
  };
}
