import type { BoundProgram } from './bound-program.ts';
import type { TrainerContext } from './context.ts';
import { SumAccumulator } from './sums.ts';
import { WorkCancelled } from './work-order.ts';

/** Examples an evaluation runs at once: enough to keep the cores busy, little enough for the memory. */
const EVALUATION_BATCH = 256;

/**
 * Exact sums of loss and metrics of the weights over some rows.
 *
 * @param program the evaluation program
 * @throws WorkCancelled
 */
export async function measure(
  { loader, microBatches }: TrainerContext,
  program: BoundProgram,
  rows: Uint32Array,
  cancelled: () => boolean,
): Promise<SumAccumulator> {
  const sums = new SumAccumulator();
  const most = Math.min(EVALUATION_BATCH, microBatches.most(program.program));
  for (let start = 0; start < rows.length; start += most) {
    if (cancelled()) throw new WorkCancelled('the evaluation was cancelled');
    const piece = rows.subarray(start, start + most);
    loader.load(program, piece, 0);
    await program.run(piece.length);
    sums.add(program);
  }
  return sums;
}
