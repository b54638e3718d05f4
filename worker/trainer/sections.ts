import type { Vector } from '../../shared/parameters/memory.ts';
import type { UpdateSection } from '../../shared/protocol/assignment.ts';
import type { TrainerContext } from './context.ts';

/** The local steps of which the update is w_start − w_end. */
interface Taken {
  readonly steps: number;
  readonly learningRate: number;
}

/** Makes a vector that a strategy wants beside the update, of the update; what is sent of it is in the change of its name. */
export function makeSection(context: TrainerContext, section: UpdateSection, taken: Taken): void {
  if (section.make === 'control') makeControl(context, section, taken);
  else makeDual(context, section);
}

/**
 * SCAFFOLD (Karimireddy et al. 2020), option II: cᵢ⁺ = cᵢ − c + (w_start − w_end)/(K·η). The change cᵢ⁺ − cᵢ is sent,
 * cᵢ⁺ stays. No steps, no change.
 */
function makeControl(context: TrainerContext, { name }: UpdateSection, { steps, learningRate }: Taken): void {
  const { memory, local, update } = context;
  const { kernels } = memory;
  const change = trainable(context, local.change(name));
  kernels.fill(change, 0);
  if (steps === 0) return;
  kernels.axpy(change, 1 / (steps * learningRate), trainable(context, update));
  kernels.axpy(change, -1, trainable(context, local.server(name)));
  kernels.axpy(trainable(context, local.member(name)), 1, change);
}

/** FedDyn (Acar et al. 2021), algorithm 1: the linear term moves by coefficient · (w_start − w_end), and stays. */
function makeDual(context: TrainerContext, { name, coefficient = 0 }: UpdateSection): void {
  const dual = trainable(context, context.local.member(name));
  context.memory.kernels.axpy(dual, coefficient, trainable(context, context.update));
}

function trainable({ layout }: TrainerContext, vector: Vector): Vector {
  return vector.slice(0, layout.trainable);
}
