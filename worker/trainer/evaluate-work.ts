import type { EvaluateOwnWork, Range } from '../../shared/protocol/assignment.ts';
import { ownBatches } from './batches.ts';
import { choiceSum, choose } from './choose.ts';
import type { Done, TrainerContext } from './context.ts';
import { measure } from './measure.ts';
import { optimizerSteps } from './optimizer-steps.ts';
import type { Programs } from './programs.ts';
import type { WorkOrder } from './work-order.ts';

/** Exact sums of loss and metrics over rows of the held-out split. */
export async function evaluate(
  context: TrainerContext,
  programs: Programs,
  { start, end }: Range,
  cancelled: () => boolean,
): Promise<Done> {
  const rows = context.loader.testRows(start, end);
  const sums = await measure(context, await programs.evaluation(), rows, cancelled);
  return { examples: rows.length, steps: 0, sums: sums.toRecord(), sections: [] };
}

/**
 * The same over the member's own held-out rows, of the model that it would use: of the weights, the best of several, or the one
 * that trains beside; after some training on its other rows, if that is wanted. Weights and moments of that are dropped.
 */
export async function evaluateOwn(
  context: TrainerContext,
  programs: Programs,
  order: WorkOrder,
  work: EvaluateOwnWork,
  cancelled: () => boolean,
): Promise<Done> {
  const { loader, local, parameters } = context;
  const chosen = order.choices?.length
    ? await choose(context, await programs.evaluation(), order, cancelled)
    : undefined;
  if (work.beside) local.takeBeside(parameters);
  if (work.fineTune) await fineTune(context, programs, order, work.fineTune, cancelled);
  const done = await evaluate(context, programs, { start: 0, end: loader.heldOutRows }, cancelled);
  return chosen === undefined ? done : { ...done, sums: { ...done.sums, ...choiceSum(chosen) } };
}

async function fineTune(
  context: TrainerContext,
  programs: Programs,
  { round, learningRate }: WorkOrder,
  work: NonNullable<EvaluateOwnWork['fineTune']>,
  cancelled: () => boolean,
): Promise<void> {
  const program = await programs.training();
  const batches = ownBatches(context.loader, work, round);
  const options = { terms: {}, local: [], learningRate, cancelled };
  await context.moments.aside(() => optimizerSteps(context, program, batches, options));
}
