/** Of all pairs of places, those whose two figures lie to each other as the two of the reference do. */
export function pairsInOrder(figures: readonly number[], reference: readonly number[]): number {
  let count = 0;
  for (let a = 0; a < figures.length; a++) {
    for (let b = a + 1; b < figures.length; b++) {
      if (Math.sign(figures[a]! - figures[b]!) === Math.sign(reference[a]! - reference[b]!)) count += 1;
    }
  }
  return count;
}
