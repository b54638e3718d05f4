/** Total variation distance of two distributions: half the L1 norm of their difference. */
export function totalVariation(p: Float64Array, q: Float64Array): number {
  return p.reduce((sum, share, index) => sum + Math.abs(share - q[index]!), 0) / 2;
}

/** Jensen–Shannon divergence in bits (J. Lin 1991). */
export function jensenShannon(p: Float64Array, q: Float64Array): number {
  const part = (a: number, b: number) => (a === 0 ? 0 : a * Math.log2((2 * a) / (a + b)));
  return p.reduce((sum, share, index) => sum + part(share, q[index]!) + part(q[index]!, share), 0) / 2;
}

/**
 * Mean total variation between a sample of all rows and all rows, by the size of the sample: half the sum of the mean absolute
 * deviations of the classes' counts. Binomial by A. de Moivre's formula (P. Diaconis and S. Zabell, "Closed form summation
 * for classical distributions", 1991), times the deviation that drawing without replacement leaves.
 */
export function distanceByChance(overall: Float64Array, rows: number): (size: number) => number {
  const known = new Map<number, number>();
  const logFactorials = new Float64Array(rows + 1);
  for (let n = 2; n <= rows; n++) logFactorials[n] = logFactorials[n - 1]! + Math.log(n);
  const deviation = (size: number, p: number) => {
    if (p <= 0 || p >= 1) return 0;
    // The first count above the mean: at most the size, as p is below 1.
    const v = Math.floor(size * p) + 1;
    const choose = logFactorials[size]! - logFactorials[v]! - logFactorials[size - v]!;
    return 2 * v * Math.exp(choose + v * Math.log(p) + (size - v + 1) * Math.log1p(-p));
  };
  return (size) => {
    const before = known.get(size);
    if (before !== undefined) return before;
    const finite = rows > 1 ? Math.sqrt((rows - size) / (rows - 1)) : 0;
    const sum = overall.reduce((total, p) => total + deviation(size, p), 0);
    const result = (finite * sum) / (2 * size);
    known.set(size, result);
    return result;
  };
}
