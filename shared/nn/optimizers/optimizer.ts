import type { ParameterEntry, ParameterLayout } from '../../parameters/layout.ts';
import type { Vector, VectorMemory } from '../../parameters/memory.ts';

export interface StepOptions {
  readonly learningRate: number;
  /** The number of this step, from 1 (Adam's bias correction). */
  readonly step: number;
  /** Multiplies the gradient first, in the same pass: 1/divisor, or the factor of a clipping. 1 by default. */
  readonly gradientScale?: number;
}

/** Moves the trainable section of a flat parameter vector by one gradient, in place, in one pass. */
export interface Optimizer {
  /** Names of the state vectors it needs, `initial` or zeros before step 1; each as long as the layout unless `slotLength` says else. */
  readonly slots: readonly string[];
  /** Floats of a slot that has a length of its own (factored moments). */
  slotLength?(slot: string, layout: ParameterLayout): number;
  /** What fills a slot before step 1, where that is not zero; such an optimizer is the server's only. */
  initial?(slot: string): number;
  /** Floats of scratch space, given as the state vector `WORKSPACE`: nothing of it outlives a step. */
  workspace?(layout: ParameterLayout): number;
  /**
   * @param parameters the flat parameters; [0, layout.trainable) is stepped, the buffers stay.
   * @param gradient the mean gradient at the same offsets; unchanged.
   * @param state a vector for each slot.
   * @throws RangeError when a vector is missing or too short.
   */
  step(
    memory: VectorMemory,
    parameters: Vector,
    gradient: Vector,
    state: Readonly<Record<string, Vector>>,
    layout: ParameterLayout,
    options: StepOptions,
  ): void;
}

/** Name of the scratch space among the state vectors. */
export const WORKSPACE = 'workspace';

/** The vector of a slot, cut to a range. */
export type SlotOf = (slot: string) => Vector;

/**
 * Calls `run` for ranges of the trainable section, in order, that have one weight decay each: `weightDecay` for
 * entries that decay, 0 for the others (biases and scales, by common practice).
 */
export function overDecayGroups(
  layout: ParameterLayout,
  weightDecay: number,
  vectors: {
    readonly parameters: Vector;
    readonly gradient: Vector;
    readonly state: Readonly<Record<string, Vector>>;
  },
  run: (parameters: Vector, gradient: Vector, slot: SlotOf, weightDecay: number) => void,
): void {
  for (const { start, end, decay } of decayRanges(layout, weightDecay)) {
    const slot: SlotOf = (name) => stateVector(vectors.state, name).slice(start, end);
    run(vectors.parameters.slice(start, end), vectors.gradient.slice(start, end), slot, decay);
  }
}

/** A state vector. @throws RangeError when it is missing */
export function stateVector(state: Readonly<Record<string, Vector>>, name: string): Vector {
  const vector = state[name];
  if (!vector) throw new RangeError(`The optimizer's state vector '${name}' is missing.`);
  return vector;
}

/** The tensors that are trained, for optimizers that look at them one by one. */
export function trainableEntries(layout: ParameterLayout): ParameterEntry[] {
  return layout.entries.filter(({ section }) => section === 'trainable');
}

/** @throws RangeError for a step of which no bias correction can be made */
export function countedFromOne(optimizer: string, step: number): void {
  if (!(step >= 1)) {
    throw new RangeError(`${optimizer} counts its steps from 1, and was given step ${step}.`);
  }
}

interface DecayRange {
  readonly start: number;
  readonly end: number;
  readonly decay: number;
}

/** Neighbours with the same decay become one range; padding belongs to the entry before it. */
function decayRanges(layout: ParameterLayout, weightDecay: number): DecayRange[] {
  const ranges: DecayRange[] = [];
  for (const entry of layout.entries) {
    if (entry.section !== 'trainable') continue;
    const decay = entry.decay ? weightDecay : 0;
    const end = Math.min(layout.trainable, entry.offset + ((entry.length + 3) & ~3));
    const last = ranges.at(-1);
    if (last?.decay === decay && last.end === entry.offset) ranges[ranges.length - 1] = { ...last, end };
    else ranges.push({ start: entry.offset, end, decay });
  }
  return ranges;
}
