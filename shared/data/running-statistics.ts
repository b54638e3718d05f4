/**
 * Mean and population variance of every feature in one pass, in double precision.
 * B. P. Welford, "Note on a method for calculating corrected sums of squares and products", Technometrics 4 (1962).
 */
export class RunningStatistics {
  private readonly means: Float64Array;
  private readonly squares: Float64Array;
  private rows = 0;

  constructor(features: number) {
    this.means = new Float64Array(features);
    this.squares = new Float64Array(features);
  }

  add(row: ArrayLike<number>): void {
    const { means, squares } = this;
    const weight = 1 / ++this.rows;
    for (let index = 0; index < means.length; index++) {
      const before = row[index]! - means[index]!;
      means[index] = means[index]! + before * weight;
      squares[index] = squares[index]! + before * (row[index]! - means[index]!);
    }
  }

  /** A constant feature has deviation 1, so that standardising it gives 0 and not NaN. */
  result(): { mean: number[]; deviation: number[] } {
    const deviation = Array.from(this.squares, (square) => Math.sqrt(square / Math.max(1, this.rows)) || 1);
    return { mean: Array.from(this.means), deviation };
  }
}
