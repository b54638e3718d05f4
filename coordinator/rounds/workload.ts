import type { OwnRows } from '../../shared/protocol/messages.ts';
import type { OwnWork, Work } from './types.ts';

/**
 * Examples that a member computes for a piece of work, as often as it does so: what its pace is counted in, so that a round of one epoch
 * says how long one of five will take.
 *
 * @param rows of the member, for work on rows of its own
 */
export function workload(work: Work, rows: OwnRows | undefined): number {
  if ('start' in work) return work.end - work.start;
  const { examples = 0, heldOut = 0 } = rows ?? {};
  if (work.kind === 'survey') return examples;
  if (work.kind === 'evaluate-own') return heldOut + examples * (work.fineTune?.epochs ?? 0);
  const whole = (work.personalEpochs ?? 0) + (work.beside?.epochs ?? 0);
  return ownSteps(work, examples).examples + examples * whole;
}

/** Optimizer steps of the work's epochs, and the examples in them. */
export function ownSteps(
  { epochs, batch, steps = Number.POSITIVE_INFINITY }: OwnWork,
  examples: number,
): { readonly steps: number; readonly examples: number } {
  const size = batch === 0 ? Math.max(1, examples) : batch;
  const all = epochs * Math.ceil(examples / size);
  if (all <= steps) return { steps: all, examples: epochs * examples };
  return { steps, examples: Math.min(steps * size, epochs * examples) };
}
