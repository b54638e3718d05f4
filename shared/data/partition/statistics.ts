import { distanceByChance, jensenShannon, totalVariation } from './distances.ts';
import type { Partition } from './partition.ts';
import type { RowClasses } from './partitioner.ts';

/** Figures of a partition: O(clients + classes) memory; label counts of a client by `labelCounts`, on demand. */
export interface PartitionStatistics {
  readonly clients: number;
  readonly rows: number;
  /** [clients] */
  readonly sizes: Uint32Array;
  readonly smallest: number;
  readonly median: number;
  readonly largest: number;
  readonly empty: number;
  /** 0: all sizes equal; towards 1: one client has all. */
  readonly gini: number;
  /** Absent without classes. */
  readonly labels?: LabelStatistics;
}

export interface LabelStatistics {
  /** [classes], shares of all rows. */
  readonly overall: Float64Array;
  /** [clients], total variation between the client's classes and all, in [0, 1]; NaN for an empty client. */
  readonly distances: Float64Array;
  /** Over clients that have rows. */
  readonly meanDistance: number;
  /** What chance alone would give clients of these sizes: the mean distance of an iid partition. */
  readonly chanceDistance: number;
  /** Mean Jensen–Shannon divergence to all, in bits, in [0, 1]. */
  readonly meanDivergence: number;
  /** [clients], how many classes it has rows of. */
  readonly present: Uint32Array;
  readonly meanPresent: number;
}

export function partitionStatistics({ clients }: Partition, classes?: RowClasses): PartitionStatistics {
  const sizes = Uint32Array.from(clients, (rows) => rows.length);
  const sorted = sizes.slice().sort();
  const middle = sorted.length >> 1;
  const median = sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
  return {
    clients: clients.length,
    rows: sizes.reduce((sum, size) => sum + size, 0),
    sizes,
    smallest: sorted[0]!,
    median,
    largest: sorted.at(-1)!,
    empty: sorted.filter((size) => size === 0).length,
    gini: gini(sorted),
    ...(classes && { labels: labelStatistics(clients, classes) }),
  };
}

/** How many rows of each class a client has, [classes]. */
export function labelCounts(rows: Uint32Array, classes: RowClasses): Uint32Array {
  const counts = new Uint32Array(classes.count);
  for (const row of rows) counts[classes.of(row)]!++;
  return counts;
}

/**
 * Gini coefficient: half the mean absolute difference of two values, over their mean (C. Gini 1912).
 *
 * @param sorted ascending, not negative
 */
export function gini(sorted: ArrayLike<number>): number {
  const count = sorted.length;
  let [sum, weighted] = [0, 0];
  for (let index = 0; index < count; index++) {
    sum += sorted[index]!;
    weighted += (2 * index - count + 1) * sorted[index]!;
  }
  return sum === 0 ? 0 : weighted / (count * sum);
}

function labelStatistics(clients: readonly Uint32Array[], classes: RowClasses): LabelStatistics {
  const totals = new Float64Array(classes.count);
  for (const rows of clients) for (const row of rows) totals[classes.of(row)]!++;
  const rows = totals.reduce((sum, count) => sum + count, 0);
  const overall = totals.map((count) => count / Math.max(1, rows));
  const chance = distanceByChance(overall, rows);
  const distances = new Float64Array(clients.length).fill(Number.NaN);
  const present = new Uint32Array(clients.length);
  let [holders, distance, divergence, expected, held] = [0, 0, 0, 0, 0];
  for (const [client, own] of clients.entries()) {
    if (own.length === 0) continue;
    const counts = labelCounts(own, classes);
    const shares = Float64Array.from(counts, (count) => count / own.length);
    distances[client] = totalVariation(shares, overall);
    present[client] = counts.reduce((sum, count) => sum + Math.min(1, count), 0);
    holders++;
    distance += distances[client]!;
    divergence += jensenShannon(shares, overall);
    expected += chance(own.length);
    held += present[client]!;
  }
  const mean = (sum: number) => sum / Math.max(1, holders);
  return {
    overall,
    distances,
    meanDistance: mean(distance),
    chanceDistance: mean(expected),
    meanDivergence: mean(divergence),
    present,
    meanPresent: mean(held),
  };
}
