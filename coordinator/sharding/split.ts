import type { Range } from '../rounds/types.ts';

/**
 * Cuts a range into consecutive parts, one for each weight.
 *
 * @param weights share of each part; undefined: as much as the mean of those that are known. All undefined: equal parts, whose
 *   sizes differ by 1 at most, the larger ones first
 * @returns as many parts as weights, in order, that cover the range exactly; a part may be empty
 * @throws RangeError for a negative or infinite weight
 */
export function split(range: Range, weights: readonly (number | undefined)[]): Range[] {
  if (weights.length === 0) return [];
  const sizes = apportion(range.end - range.start, weights);
  let start = range.start;
  return sizes.map((size) => {
    const part = { start, end: start + size };
    start += size;
    return part;
  });
}

/** Whole numbers in proportion to weights that sum to `total`: the largest remainder method (Hamilton 1792). */
export function apportion(total: number, weights: readonly (number | undefined)[]): number[] {
  const known = weights.filter((weight) => weight !== undefined);
  if (known.some((weight) => !Number.isFinite(weight) || weight < 0)) {
    throw new RangeError(`weights must be finite and not negative, not ${known.join(', ')}`);
  }
  const sum = known.reduce((a, b) => a + b, 0);
  const mean = sum > 0 ? sum / known.length : 1;
  const filled = weights.map((weight) => (sum > 0 ? (weight ?? mean) : 1));
  const whole = filled.reduce((a, b) => a + b, 0);
  const shares = filled.map((weight) => (total * weight) / whole);
  const sizes = shares.map(Math.floor);
  let left = total - sizes.reduce((a, b) => a + b, 0);
  const byRemainder = [...shares.keys()].sort((a, b) => remainder(shares, b) - remainder(shares, a) || a - b);
  for (let i = 0; left > 0; i = (i + 1) % byRemainder.length, left--) {
    const place = byRemainder[i] as number;
    sizes[place] = (sizes[place] as number) + 1;
  }
  return sizes;
}

function remainder(shares: readonly number[], place: number): number {
  const share = shares[place] as number;
  return share - Math.floor(share);
}
