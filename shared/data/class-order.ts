/** Where the numbers of one target are among those of all rows: `columns` of every `width`, from `start` on. */
export interface TargetPlaces {
  readonly start: number;
  readonly columns: number;
  readonly width: number;
}

/** Rewrites numbers from the order in which names appeared to that of the names; negative ones stay. */
export function renumber(
  numbers: Float32Array,
  { start, columns, width }: TargetPlaces,
  appeared: ReadonlyMap<string, number>,
  names: readonly string[],
): void {
  const rank = new Float32Array(names.length);
  for (const [place, name] of names.entries()) rank[appeared.get(name)!] = place;
  for (let row = start; row < numbers.length; row += width) {
    for (let at = row; at < row + columns; at++) {
      if (numbers[at]! >= 0) numbers[at] = rank[numbers[at]!]!;
    }
  }
}

/** Names of classes in order: as numbers when all are, else by their letters. */
export function sortedClasses(names: readonly string[]): string[] {
  const numeric = names.every((name) => Number.isFinite(Number(name)));
  const byName = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
  return [...names].sort((a, b) => (numeric && Number(a) - Number(b)) || byName(a, b));
}
