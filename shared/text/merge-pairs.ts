/** A pair of token ids as one number: ids are below 2²⁶, so it is exact. */
export function pairKey(left: number, right: number): number {
  return left * 2 ** 26 + right;
}

/** What a merge does: its place in the order of merges, and the token that two become. */
export interface Merge {
  readonly rank: number;
  readonly id: number;
}

/**
 * Byte-pair encoding of one word (Sennrich, Haddow and Birch 2016): the pair that was learned first is merged, leftmost first,
 * until no pair is one that was learned.
 *
 * @param symbols token ids of the word's characters; changed in place
 */
export function mergePairs(symbols: number[], merges: ReadonlyMap<number, Merge>): number[] {
  while (symbols.length > 1) {
    let best: Merge | undefined;
    let at = -1;
    for (let index = 0; index + 1 < symbols.length; index++) {
      const merge = merges.get(pairKey(symbols[index]!, symbols[index + 1]!));
      if (merge && (best === undefined || merge.rank < best.rank)) {
        best = merge;
        at = index;
      }
    }
    if (!best) break;
    symbols.splice(at, 2, best.id);
  }
  return symbols;
}
