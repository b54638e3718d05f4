import { bestPath, labelOf } from '../shared/programs/best-path.ts';
import { prefixBeamSearch } from '../shared/programs/prefix-beam-search.ts';
import type { Prediction } from './predict-outputs.ts';

/** An output that says at each step which symbol is there. */
export interface LabelOutput {
  /** Numbers of a step: the symbols and the blank. */
  readonly outputs: number;
  readonly blank: number;
  readonly classes: readonly string[] | undefined;
  /** Whether they are probabilities; else logits. */
  readonly isProbability: boolean;
}

/**
 * How the label of a row is read.
 *
 * @param beams of the search for the most probable labels; undefined: the best path
 */
export function readingOf(
  { outputs, blank, classes, isProbability }: LabelOutput,
  beams: number | undefined,
): (row: Float32Array) => Prediction {
  if (beams === undefined) return (row) => ({ value: bestPath(row, outputs, blank, classes) });
  return (row) => {
    const found = prefixBeamSearch(
      isProbability ? row : softmax(row, outputs),
      ...([outputs, blank, beams] as const),
    ).map((reading) => ({
      value: labelOf(reading.outputs, blank, classes),
      probability: Math.exp(reading.logProbability),
    }));
    const [best = { value: '', probability: Number.NaN }, ...alternatives] = found;
    return alternatives.length > 0 ? { ...best, alternatives } : best;
  };
}

function softmax(row: Float32Array, outputs: number): Float64Array {
  const probabilities = Float64Array.from(row);
  for (let start = 0; start + outputs <= row.length; start += outputs) {
    const step = probabilities.subarray(start, start + outputs);
    const most = Math.max(...step);
    for (const [at, logit] of step.entries()) step[at] = Math.exp(logit - most);
    const total = step.reduce((a, b) => a + b);
    for (const [at, power] of step.entries()) step[at] = power / total;
  }
  return probabilities;
}
