/** How the numbers of a target lie in a row of all of them. */
export interface TargetColumns {
  readonly columns: number;
  readonly isClass: boolean;
}

/** Of several targets, those that say one class of a row: the places of their numbers in the row. */
export function classColumns(targets: readonly TargetColumns[]): number[] {
  let start = 0;
  return targets.flatMap(({ columns, isClass }) => {
    const at = start;
    start += columns;
    return isClass && columns === 1 ? [at] : [];
  });
}

/**
 * What a split keeps in proportion where a row has several classes: their combinations, if each that occurs has so many rows that
 * one of them is held out; else the classes of the first target, as small strata would be held out by rounding and not in proportion
 * (Sechidis et al., ECML PKDD 2011, on data of several labels).
 *
 * @param classOf class index of a row, of each target that has one
 * @param share of rows that are held out, [0, 1)
 * @returns a number from 0 for each row; undefined where there is no class
 */
export function strataOf(
  rows: number,
  classOf: readonly ((row: number) => number)[],
  share: number,
): Uint32Array | undefined {
  const [first, ...others] = classOf;
  if (!first) return undefined;
  const byFirst = Uint32Array.from({ length: rows }, (_, row) => first(row));
  let strata = byFirst;
  for (const other of others) strata = combined(strata, other);
  const counts = new Map<number, number>();
  for (const stratum of strata) counts.set(stratum, (counts.get(stratum) ?? 0) + 1);
  const isEnough = [...counts.values()].every((count) => count * share >= 1);
  return isEnough ? strata : byFirst;
}

/** Pairs, numbered as they appear. */
function combined(strata: Uint32Array, classOf: (row: number) => number): Uint32Array<ArrayBuffer> {
  const numbers = new Map<number, number>();
  return Uint32Array.from(strata, (stratum, row) => {
    // Exact: at most 2^31 rows, so strata, and 2^16 classes.
    const pair = stratum * 2 ** 16 + classOf(row);
    const number = numbers.get(pair) ?? numbers.size;
    numbers.set(pair, number);
    return number;
  });
}
