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
 * SCAFFOLD (Karimireddy et al. 2020), option II: cᵢ⁺ = cᵢ − c + (w_start − w_end)/(K·η). The change cᵢ⁺ − cᵢ is sent; what of it
 * arrives stays (`keepControl`). No steps, no change.
 */
function makeControl(context: TrainerContext, { name }: UpdateSection, { steps, learningRate }: Taken): void {
  const { memory, local, update } = context;
  const { kernels } = memory;
  const change = trainable(context, local.change(name));
  kernels.fill(change, 0);
  if (steps === 0) return;
  kernels.axpy(change, 1 / (steps * learningRate), trainable(context, update));
  kernels.axpy(change, -1, trainable(context, local.server(name)));
}

/**
 * cᵢ ← cᵢ + C(cᵢ⁺ − cᵢ): the member moves by what the server hears of, so that c stays the mean of all cᵢ whatever the encoding C
 * loses. Nothing adds up: the next change is from the cᵢ that there is to the new mean gradient, and makes up for the loss (EF21,
 * Richtárik et al. 2021; for SCAFFOLD: Huang et al. 2024, "Stochastic controlled averaging for federated learning with communication
 * compression").
 */
export function keepControl(context: TrainerContext, name: string, arrives: Vector): void {
  context.memory.kernels.axpy(trainable(context, context.local.member(name)), 1, trainable(context, arrives));
}

/** FedDyn (Acar et al. 2021), algorithm 1: the linear term moves by coefficient · (w_start − w_end), and stays. */
function makeDual(context: TrainerContext, { name, coefficient = 0 }: UpdateSection): void {
  const dual = trainable(context, context.local.member(name));
  context.memory.kernels.axpy(dual, coefficient, trainable(context, context.update));
}

function trainable({ layout }: TrainerContext, vector: Vector): Vector {
  return vector.slice(0, layout.trainable);
}
