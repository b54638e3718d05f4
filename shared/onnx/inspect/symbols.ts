import { ModelError } from '../errors.ts';
import type { Graph } from '../model.ts';
import { RefusedModelError } from './refused.ts';

/** What stands for the sizes that a model leaves open. */
export interface OpenSizes {
  /** Symbols of the batch: the first axis of an input. */
  readonly batch: ReadonlySet<string>;
  /** All others: lengths of sequences, heights, widths. */
  readonly others: readonly string[];
}

/** Tried in turn until one fits: images want multiples of 32, texts no more than they have positions for. */
const TRIED = [64, 32, 16, 8, 224] as const;

export function openSizes({ inputs }: Graph): OpenSizes {
  const symbols = (axes: 'first' | 'rest') =>
    inputs.flatMap(({ dims }) => (axes === 'first' ? dims.slice(0, 1) : dims.slice(1)).filter(isSymbol));
  const batch = new Set(symbols('first'));
  return { batch, others: [...new Set(symbols('rest'))].filter((name) => !batch.has(name)) };
}

const isSymbol = (dim: string | number): dim is string => typeof dim === 'string';

/**
 * The sizes of the symbols beside the batch with which a measurement succeeds: those given, and one size for the others.
 * @throws what the first try threw, where none fits; RefusedModelError at once
 */
export function withSizes<Result>(
  { others }: OpenSizes,
  given: Readonly<Record<string, number>>,
  attempt: (sizes: Readonly<Record<string, number>>) => Result,
): Result {
  const open = others.filter((name) => !Object.hasOwn(given, name));
  if (open.length === 0) return attempt(given);
  let first: unknown;
  for (const size of TRIED) {
    try {
      return attempt({ ...given, ...Object.fromEntries(open.map((name) => [name, size])) });
    } catch (error) {
      if (!(error instanceof ModelError) || error instanceof RefusedModelError) throw error;
      first ??= error;
    }
  }
  throw first;
}
