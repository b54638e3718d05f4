/** Rows of a table in the order in which they are stored: training rows, then test rows. */
export interface Split {
  readonly order: Uint32Array;
  readonly testRows: number;
}

/**
 * Holds out `share` of the rows, of every class in proportion (largest remainders), and shuffles both parts. Every class keeps
 * at least one training row. Without classes, a plain shuffle.
 *
 * @param classOf class index of each row; undefined: not stratified
 * @param random uniform numbers in [0, 1), from a seeded generator
 */
export function stratifiedSplit(
  rows: number,
  classOf: ArrayLike<number> | undefined,
  share: number,
  random: () => number,
): Split {
  const members: number[][] = [];
  for (let row = 0; row < rows; row++) {
    const index = classOf ? classOf[row]! : 0;
    members[index] ??= [];
    members[index].push(row);
  }
  const groups = members.filter((group) => group !== undefined);
  const quotas = testQuotas(
    groups.map((group) => group.length),
    share,
  );
  const train: number[] = [];
  const test: number[] = [];
  for (const [index, group] of groups.entries()) {
    shuffle(group, random);
    const quota = quotas[index]!;
    for (let at = 0; at < group.length; at++) (at < quota ? test : train).push(group[at]!);
  }
  shuffle(train, random);
  shuffle(test, random);
  const order = new Uint32Array(rows);
  order.set(train);
  order.set(test, train.length);
  return { order, testRows: test.length };
}

/** How many rows of each class are held out: round(total · share) in all, at most one less than the class has. */
function testQuotas(sizes: readonly number[], share: number): number[] {
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const exact = sizes.map((size) => size * share);
  const quotas = exact.map((value, index) => Math.min(Math.floor(value), sizes[index]! - 1));
  let missing = Math.round(total * share) - quotas.reduce((sum, quota) => sum + quota, 0);
  const byRemainder = sizes
    .map((_, index) => index)
    .sort((a, b) => exact[b]! - quotas[b]! - (exact[a]! - quotas[a]!) || a - b);
  for (const index of byRemainder) {
    if (missing <= 0) break;
    if (quotas[index]! < sizes[index]! - 1) {
      quotas[index]!++;
      missing--;
    }
  }
  return quotas;
}

/** Fisher–Yates, in place. */
function shuffle(values: number[], random: () => number): void {
  for (let last = values.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    const kept = values[last]!;
    values[last] = values[other]!;
    values[other] = kept;
  }
}
