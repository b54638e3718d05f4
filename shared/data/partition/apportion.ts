/**
 * Whole sizes in proportion to weights, by largest remainders: `minimum` each, the rest in proportion.
 *
 * @param total at least minimum · weights.length
 * @param weights not negative, finite, not all 0
 * @returns [weights.length], of sum `total`
 */
export function apportion(total: number, weights: ArrayLike<number>, minimum = 0): Uint32Array {
  const count = weights.length;
  const free = total - minimum * count;
  let sum = 0;
  for (let index = 0; index < count; index++) sum += weights[index]!;
  const remainders = new Float64Array(count);
  const sizes = new Uint32Array(count);
  let missing = free;
  for (let index = 0; index < count; index++) {
    const exact = (free * weights[index]!) / sum;
    // Rounding of the quotients must not give out more than there is.
    const whole = Math.min(Math.floor(exact), missing);
    remainders[index] = exact - whole;
    sizes[index] = minimum + whole;
    missing -= whole;
  }
  const byRemainder = Uint32Array.from({ length: count }, (_, index) => index).sort(
    (a, b) => remainders[b]! - remainders[a]! || a - b,
  );
  for (let at = 0; missing > 0; at++, missing--) sizes[byRemainder[at % count]!]!++;
  return sizes;
}
