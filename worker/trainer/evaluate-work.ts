import type { Range } from '../../shared/protocol/assignment.ts';
import type { BoundProgram } from './bound-program.ts';
import type { Done, TrainerContext } from './context.ts';
import { SumAccumulator } from './sums.ts';
import { WorkCancelled } from './work-order.ts';

/** Examples an evaluation runs at once: enough to keep the cores busy, little enough for the memory. */
const EVALUATION_BATCH = 256;

/** Exact sums of loss and metrics over rows of the held-out split. */
export async function evaluate(
  context: TrainerContext,
  program: BoundProgram,
  work: Range,
  cancelled: () => boolean,
): Promise<Done> {
  const sums = new SumAccumulator();
  const most = Math.min(EVALUATION_BATCH, context.recipe.memory?.microBatch ?? EVALUATION_BATCH);
  for (let start = work.start; start < work.end; start += most) {
    if (cancelled()) throw new WorkCancelled('the evaluation was cancelled');
    const rows = context.loader.testRows(start, Math.min(work.end, start + most));
    context.loader.load(program, rows, 0);
    await program.run(rows.length);
    sums.add(program);
  }
  return { examples: work.end - work.start, steps: 0, sums: sums.toRecord(), sections: [] };
}
