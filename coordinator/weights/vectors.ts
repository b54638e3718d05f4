import { AVERAGE } from '../../shared/nn/optimizers/ema.ts';
import type { ParameterLayout } from '../../shared/parameters/layout.ts';
import type { Vector, VectorMemory } from '../../shared/parameters/memory.ts';

/** A vector that the strategy keeps beside the weights, and the sum of the sections of its name. */
export interface SummedVector {
  readonly value: Vector;
  readonly sum: Vector;
}

/** The flat vectors of a server, each of the layout's length. */
export interface ServerVectors {
  readonly parameters: Vector;
  /** Of the open window's updates. */
  readonly sum: Vector;
  /** Moving average of the versions, if the job wants one. */
  readonly average: Vector | undefined;
  /** The strategy's own (control variates, models beside the weights), by name. */
  readonly beside: Readonly<Record<string, SummedVector>>;
}

/** Floats of the vectors together. */
export function vectorFloats(layout: ParameterLayout, names: readonly string[], averages: boolean): number {
  // Each begins at a multiple of a cache line.
  return (2 + 2 * names.length + (averages ? 1 : 0)) * (layout.length + 4);
}

/** @param names of the strategy's vectors */
export function allocateVectors(
  memory: VectorMemory,
  { length }: ParameterLayout,
  names: readonly string[],
  averages: boolean,
): ServerVectors {
  const vector = (): Vector => memory.allocate(length);
  return {
    parameters: vector(),
    sum: vector(),
    average: averages ? vector() : undefined,
    beside: Object.fromEntries(names.map((name) => [name, { value: vector(), sum: vector() }])),
  };
}

/** @param name `parameters`, of their average, or of one of the strategy's vectors */
export function vectorOf({ parameters, average, beside }: ServerVectors, name: string): Vector {
  if (name === 'parameters') return parameters;
  return name === AVERAGE && average ? average : beside[name]!.value;
}
