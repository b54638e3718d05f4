import { DENOMINATOR, LOSS } from '../../shared/programs/program.ts';
import type { OwnWork } from '../../shared/protocol/assignment.ts';
import { ownBatches } from './batches.ts';
import { choiceSum, choose } from './choose.ts';
import type { Done, TrainerContext } from './context.ts';
import { localSteps } from './local-work.ts';
import { measure } from './measure.ts';
import { optimizerSteps } from './optimizer-steps.ts';
import type { Programs } from './programs.ts';
import type { WorkOrder } from './work-order.ts';

/** Training on the member's own rows: of the weights, or of the best of the models that were sent. */
export async function trainOwn(
  context: TrainerContext,
  programs: Programs,
  order: WorkOrder,
  work: OwnWork,
  cancelled: () => boolean,
): Promise<Done> {
  const { loader, moments, layout, memory, update } = context;
  const examples = loader.trainingRows;
  const measures = new Set(order.measures);
  if (!work.keepsOptimizer) moments.forget();
  const chosen = order.choices?.length
    ? await choose(context, await programs.evaluation(), order, cancelled)
    : undefined;
  const base = measures.has('base-loss') ? await baseLoss(context, programs, cancelled) : {};
  const batches = ownBatches(loader, work, order.round);
  const done = await localSteps(context, await programs.training(), order, batches, { examples, cancelled });
  const [main, ...sections] = done.sections;
  return {
    ...done,
    sums: {
      ...done.sums,
      ...base,
      ...(chosen !== undefined && choiceSum(chosen)),
      ...(measures.has('delta-squares') && {
        'delta-squares': memory.kernels.sumOfSquares(update.slice(0, layout.trainable)),
      }),
    },
    sections: [chosen ?? main!, ...sections],
  };
}

/** F_k(w) of q-FedAvg (Li et al. 2020), as sums: of the weights that the work starts from, without dropout, over all rows that it trains on. */
async function baseLoss(
  context: TrainerContext,
  programs: Programs,
  cancelled: () => boolean,
): Promise<Record<string, number>> {
  const { loader } = context;
  const rows = loader.trainingSample(loader.trainingRows);
  const sums = await measure(context, await programs.evaluation(), rows, cancelled);
  return { 'base-loss': sums.get(LOSS), 'base-denominator': sums.get(DENOMINATOR) };
}

/**
 * Ditto (Li et al. 2021, "Ditto: Fair and robust federated learning through personalization"), algorithm 1: the personal model takes
 * steps of its own along g + λ(v − w), w being the weights that the round started from. The update must be encoded
 * before: its memory is used again.
 */
export async function trainBeside(
  context: TrainerContext,
  programs: Programs,
  order: WorkOrder,
  work: OwnWork,
  cancelled: () => boolean,
): Promise<void> {
  if (!work.beside) return;
  const { memory, parameters, base, local, loader, moments } = context;
  const { epochs, proximal } = work.beside;
  const { learningRate } = order;
  memory.kernels.copy(parameters, base);
  local.takeBeside(parameters);
  const batches = ownBatches(loader, { epochs, batch: work.batch }, order.round);
  const program = await programs.training();
  await moments.aside(() =>
    optimizerSteps(context, program, batches, { terms: { proximal }, local: [], learningRate, cancelled }),
  );
  local.keepBeside(parameters);
}
