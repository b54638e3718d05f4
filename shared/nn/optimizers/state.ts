import type { ParameterLayout } from '../../parameters/layout.ts';
import type { Vector, VectorMemory } from '../../parameters/memory.ts';
import { type Optimizer, WORKSPACE } from './optimizer.ts';

/** Floats of an optimizer's vectors together, for the size of the memory that is to hold them. */
export function stateFloats(optimizer: Optimizer, layout: ParameterLayout): number {
  const slots = optimizer.slots.map((slot) => slotFloats(optimizer, slot, layout));
  return [...slots, optimizer.workspace?.(layout) ?? 0].reduce((sum, floats) => sum + floats, 0);
}

export interface OptimizerState {
  /** What a checkpoint keeps. */
  readonly slots: Readonly<Record<string, Vector>>;
  /** The slots and the scratch space, as `step` takes them. */
  readonly vectors: Readonly<Record<string, Vector>>;
}

/** Reserves an optimizer's vectors, as they are before step 1. @throws RangeError when the memory is full */
export function allocateState(
  memory: VectorMemory,
  optimizer: Optimizer,
  layout: ParameterLayout,
): OptimizerState {
  const slots = Object.fromEntries(
    optimizer.slots.map((slot) => [slot, memory.allocate(slotFloats(optimizer, slot, layout))]),
  );
  for (const [slot, vector] of Object.entries(slots)) {
    const first = optimizer.initial?.(slot) ?? 0;
    if (first !== 0) memory.kernels.fill(vector, first);
  }
  const workspace = optimizer.workspace?.(layout);
  return {
    slots,
    vectors: workspace === undefined ? slots : { ...slots, [WORKSPACE]: memory.allocate(workspace) },
  };
}

function slotFloats(optimizer: Optimizer, slot: string, layout: ParameterLayout): number {
  return optimizer.slotLength?.(slot, layout) ?? layout.length;
}
