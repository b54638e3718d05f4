import { StrategyModuleError } from './module-error.ts';

/** How the values of several members become one figure. */
export type Aggregation =
  | 'mean'
  /** Each counts as much as the rows that it evaluated with. */
  | 'weighted-mean'
  | 'max'
  | 'min'
  /** The value below which this share of the members is, by linear interpolation. */
  | { readonly quantile: number };

/** A metric of a strategy's own over members: one figure of each, and how they are put together. */
export interface MemberMetric {
  /** Of the exact sums of a member's evaluation on its own rows; undefined or not finite where it has none. */
  of(sums: Readonly<Record<string, number>>): number | undefined;
  readonly over: Aggregation;
  /** For early stopping that watches it; left out, its name tells: an accuracy, a recall, … is better high, anything else low. */
  readonly higherIsBetter?: boolean;
}

/**
 * What a metric says of one member; undefined where it has no value. It is code from outside.
 *
 * @throws StrategyModuleError when it throws, or gives what is no number
 */
export function figureOf(
  strategy: string,
  name: string,
  metric: MemberMetric,
  sums: Readonly<Record<string, number>>,
): number | undefined {
  const of = `the strategy ${strategy}: memberMetrics "${name}"`;
  let value: unknown;
  try {
    value = metric.of(sums);
  } catch (cause) {
    throw new StrategyModuleError(`${of} throws: ${cause instanceof Error ? cause.message : cause}`, {
      cause,
    });
  }
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'number') {
    const what = value instanceof Promise ? 'a Promise' : `a ${typeof value}`;
    throw new StrategyModuleError(`${of} gives ${what}: of(sums) must return a number, or undefined`);
  }
  return Number.isFinite(value) ? value : undefined;
}

/**
 * @param values one of each member
 * @param weights rows that it evaluated with
 * @returns undefined without a value
 */
export function aggregated(
  over: Aggregation,
  values: readonly number[],
  weights: readonly number[],
): number | undefined {
  if (values.length === 0) return undefined;
  if (typeof over === 'object') return quantile(values, over.quantile);
  switch (over) {
    case 'mean':
      return weightedMean(
        values,
        values.map(() => 1),
      );
    case 'weighted-mean':
      return weightedMean(values, weights);
    case 'max':
      return values.reduce((most, value) => Math.max(most, value));
    case 'min':
      return values.reduce((least, value) => Math.min(least, value));
  }
}

function weightedMean(values: readonly number[], weights: readonly number[]): number | undefined {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  if (!(total > 0)) return undefined;
  return values.reduce((sum, value, i) => sum + value * weights[i]!, 0) / total;
}

/** Definition 7 of Hyndman and Fan (1996, "Sample quantiles in statistical packages"), which NumPy's and R's defaults are. */
function quantile(values: readonly number[], share: number): number {
  const sorted = Float64Array.from(values).sort();
  const at = share * (sorted.length - 1);
  const below = Math.floor(at);
  const low = sorted[below]!;
  return low + (at - below) * ((sorted[below + 1] ?? low) - low);
}
