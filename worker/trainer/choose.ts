import { DENOMINATOR, LOSS } from '../../shared/programs/program.ts';
import type { BoundProgram } from './bound-program.ts';
import type { TrainerContext } from './context.ts';
import { measure } from './measure.ts';
import type { WorkOrder } from './work-order.ts';

/** Training rows by which models are compared, at most: the same ones for each. */
const SAMPLE = 1024;

/** The weights among the models to choose from: what their update's section is called. */
export const SHARED = 'parameters';

/**
 * IFCA (Ghosh et al. 2020, "An efficient framework for clustered federated learning"), line 6 of algorithm 1: of the weights and the
 * server's vectors of these names, that of the least mean loss on the member's own training rows is put in place of the
 * weights. Of equal ones the first. The loss is of a fixed sample of at most 1024 rows.
 *
 * @returns its name; `parameters` for the weights
 */
export async function choose(
  context: TrainerContext,
  evaluation: BoundProgram,
  { choices = [], local }: Pick<WorkOrder, 'choices' | 'local'>,
  cancelled: () => boolean,
): Promise<string> {
  const { memory, parameters, base, loader, local: state } = context;
  const { kernels } = memory;
  const rows = loader.trainingSample(SAMPLE);
  kernels.copy(base, parameters);
  const take = (name: string): void => {
    kernels.copy(parameters, name === SHARED ? base : state.server(name));
    state.apply(local, parameters);
  };
  let best = { name: SHARED, loss: Number.POSITIVE_INFINITY };
  for (const name of new Set([SHARED, ...choices])) {
    take(name);
    const sums = await measure(context, evaluation, rows, cancelled);
    const loss = sums.get(LOSS) / sums.get(DENOMINATOR);
    if (loss < best.loss) best = { name, loss };
  }
  take(best.name);
  return best.name;
}

/** How an update's sums say what was chosen. */
export function choiceSum(name: string): Record<string, number> {
  return { [`choice-${name}`]: 1 };
}
