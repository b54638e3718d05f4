import type { VectorMemory } from './memory.ts';

/**
 * A range of float32 numbers in a VectorMemory. `view` is a window on the memory itself: engines read and write
 * it, kernels run on it, nothing is copied. It stays valid for the life of the memory, which never grows.
 */
export interface Vector {
  readonly memory: VectorMemory;
  /** Bytes from the start of the memory. */
  readonly offset: number;
  /** Floats. */
  readonly length: number;
  readonly view: Float32Array;
  /** The floats [start, end) of this vector, sharing its memory; `end` is the length by default. */
  slice(start: number, end?: number): Vector;
}
