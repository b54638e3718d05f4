import type { OptimizerJob } from '../shared/job/job.ts';
import { type LayoutPart, PHASES, type Phase, partOf } from '../shared/nn/gan/networks.ts';
import { createOptimizer } from '../shared/nn/optimizers/create.ts';
import type { Optimizer } from '../shared/nn/optimizers/optimizer.ts';
import { allocateState, type OptimizerState, stateFloats } from '../shared/nn/optimizers/state.ts';
import type { ParameterLayout } from '../shared/parameters/layout.ts';
import type { VectorMemory } from '../shared/parameters/memory.ts';

/** A network of a GAN as the server steps it: its stretch of the weights, an optimizer of its own. */
interface Part extends LayoutPart {
  readonly phase: Phase;
  readonly optimizer: Optimizer;
}

export interface ServerPart extends Part {
  readonly state: OptimizerState;
}

export function partsOf(
  layout: ParameterLayout,
  optimizers: Readonly<Record<Phase, OptimizerJob>>,
): readonly Part[] {
  return PHASES.map((phase) => ({
    ...partOf(layout, phase),
    phase,
    optimizer: createOptimizer(optimizers[phase]),
  }));
}

/** Floats of their optimizers' state together. */
export function partFloats(parts: readonly Part[]): number {
  return parts.reduce((sum, { optimizer, layout }) => sum + stateFloats(optimizer, layout), 0);
}

export function allocateParts(memory: VectorMemory, parts: readonly Part[]): readonly ServerPart[] {
  return parts.map((part) => ({ ...part, state: allocateState(memory, part.optimizer, part.layout) }));
}
