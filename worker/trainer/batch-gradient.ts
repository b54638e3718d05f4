import type { BoundProgram } from './bound-program.ts';
import type { TrainerContext } from './context.ts';
import { runScaled } from './loss-scale.ts';
import { SumAccumulator } from './sums.ts';

/**
 * The gradient of the loss's sum over some rows lands in the update vector, in one run or in several of at most
 * `memory.micro-batch` examples, or of as many as fit: what N runs keep for their gradients takes the memory of one.
 *
 * Gradients and sums add up; statistics of batch normalisation are means (of values, and of their squares), so they are
 * combined by the number of examples, exactly. But each run normalises by its own examples' statistics, so a
 * model with batch normalisation depends on the size of the runs, a model without does not.
 */
export async function batchGradient(
  context: TrainerContext,
  program: BoundProgram,
  rows: Uint32Array,
  epoch: number,
): Promise<SumAccumulator> {
  const { memory, layout, update, gathered, microBatches, loader } = context;
  const { kernels } = memory;
  const most = Math.min(rows.length, microBatches.most(program.program));
  const sums = new SumAccumulator();
  for (let start = 0; start < rows.length; start += most) {
    const piece = rows.subarray(start, start + most);
    loader.load(program, piece, epoch);
    await runScaled(context, program, piece.length);
    sums.add(program);
    if (piece.length === rows.length || gathered === undefined) continue;
    if (start === 0) kernels.fill(gathered, 0);
    const { trainable, length } = layout;
    kernels.add(gathered.slice(0, trainable), update.slice(0, trainable));
    if (length > trainable) {
      const share = piece.length / rows.length;
      kernels.axpy(gathered.slice(trainable, length), share, update.slice(trainable, length));
    }
  }
  if (rows.length > most && gathered !== undefined) kernels.copy(update, gathered);
  return sums;
}
