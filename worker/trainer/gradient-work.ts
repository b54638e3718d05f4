import type { Work } from '../../shared/protocol/assignment.ts';
import { batchGradient } from './batch-gradient.ts';
import type { BoundProgram } from './bound-program.ts';
import type { Done, TrainerContext } from './context.ts';
import type { WorkOrder } from './work-order.ts';

/** One gradient of the loss's sum over the positions. It lands in the update vector as it is. */
export async function gradient(
  context: TrainerContext,
  program: BoundProgram,
  order: WorkOrder,
  work: Extract<Work, { kind: 'gradient' }>,
): Promise<Done> {
  // A phase has gradients of its own network only.
  if (work.phase) context.memory.kernels.fill(context.update, 0);
  const rows = context.loader.positions(work.epoch, work.start, work.end);
  const sums = await batchGradient(context, program, rows, work.epoch);
  context.local.zero(order.local, context.update);
  return { examples: rows.length, steps: 1, sums: sums.toRecord(), sections: ['parameters'] };
}
