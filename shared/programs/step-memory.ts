import type { InspectionLimits } from '../onnx/inspect/limits.ts';
import { measure } from '../onnx/inspect/measure.ts';
import type { Program } from './program.ts';

/** Bytes that one run of a program takes beside weights and vectors: `fixed + examples · perExample`, about. */
export interface StepMemory {
  readonly fixed: number;
  readonly perExample: number;
}

const UNLIMITED: InspectionLimits = {
  bytes: Number.POSITIVE_INFINITY,
  parts: Number.POSITIVE_INFINITY,
  nodes: Number.POSITIVE_INFINITY,
  depth: Number.POSITIVE_INFINITY,
  elements: Number.POSITIVE_INFINITY,
  memory: Number.POSITIVE_INFINITY,
  operations: Number.POSITIVE_INFINITY,
};

/** So many that what an example takes is larger than what does not depend on them. */
const MANY = 1024;

/**
 * Estimates what a run keeps: all values of the forward graph that depend on the batch and what their gradients need beside
 * them, as an inspection does (shared/onnx/inspect). Where activations are computed again it is less.
 *
 * @throws ModelError for a graph whose sizes only the data decide
 */
export function stepMemory({ model }: Pick<Program, 'model'>): StepMemory {
  const bytes = (examples: number): number => {
    const { activations, largest, scratch } = measure(model, () => examples, UNLIMITED, 'sizes');
    return activations + 2 * largest + scratch;
  };
  const [many, twice] = [bytes(MANY), bytes(2 * MANY)];
  const perExample = (twice - many) / MANY;
  return { perExample, fixed: Math.max(0, many - MANY * perExample) };
}

/** How many examples fit, one at least. @param memory bytes that the run may take */
export function examplesIn(memory: number, { fixed, perExample }: StepMemory): number {
  if (perExample <= 0) return Number.POSITIVE_INFINITY;
  return Math.max(1, Math.floor((memory - fixed) / perExample));
}
