// Curves over thresholds from counts that add: a member counts the rows whose score reaches each of a few thresholds, and counts
// of batches and members are summed exactly. Rows between two thresholds are tied. So the area under the ROC curve is exact up to
// ½ Σ_b p_b n_b / (P N), p_b and n_b being the positives and negatives of bin b: half of the pairs that share a bin.

/** Bins of confidence in the calibration error (Guo et al. take 15). */
export const BINS = 15;
/** Cells that a member sends for score histograms; the protocol's limit of entries is twice that. */
const CELLS = 2048;
/** Scores are log odds; beyond these float32 probabilities are 0 or 1. */
const REACH = 16;
const FEWEST_BINS = 32;

/** Most classes that a score histogram has room for. */
export const MOST_CURVES = CELLS / 2 / FEWEST_BINS;

/** Bins of one curve. */
export function scoreBins(curves: number): number {
  return Math.floor(CELLS / 2 / curves);
}

/** Lower edges of a curve's bins, in log odds; the first takes everything. */
export function scoreEdges(curves: number): number[] {
  const bins = scoreBins(curves);
  return Array.from({ length: bins }, (_, bin) =>
    bin === 0 ? -1e30 : -REACH + (2 * REACH * (bin - 0.5)) / (bins - 1),
  );
}

/**
 * Area under the ROC curve, by trapezoids.
 *
 * @param positives rows of the class whose score reaches each edge, falling
 * @param negatives the same of the other rows
 * @returns NaN where there are no rows of one kind
 */
export function rocAuc(positives: readonly number[], negatives: readonly number[]): number {
  const [all, others] = [positives[0]!, negatives[0]!];
  let area = 0;
  for (let bin = 0; bin < positives.length; bin++) {
    const [p, n] = [positives[bin + 1] ?? 0, negatives[bin + 1] ?? 0];
    area += ((negatives[bin]! - n) * (positives[bin]! + p)) / 2;
  }
  return area / (all * others);
}

/** Average precision: Σ (recall − recall before) · precision over the edges, scikit-learn's sum, which does not interpolate. */
export function averagePrecision(positives: readonly number[], negatives: readonly number[]): number {
  const all = positives[0]!;
  if (!(all > 0 && negatives[0]! > 0)) return Number.NaN;
  let sum = 0;
  for (let bin = 0; bin < positives.length; bin++) {
    const reached = positives[bin]!;
    if (reached > 0) sum += ((reached - (positives[bin + 1] ?? 0)) * reached) / (reached + negatives[bin]!);
  }
  return sum / all;
}

export function addUp(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
