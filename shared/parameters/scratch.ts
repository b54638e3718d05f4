import { VectorMemory } from './memory.ts';

let scratch: VectorMemory | undefined;

/** A thread's memory for arrays that kernels cannot reach: they go through its staging vector. */
export function scratchMemory(): VectorMemory {
  scratch ??= VectorMemory.create(0);
  return scratch;
}
