/** Names of classes in order: as numbers when all are, else by their letters. */
export function sortedClasses(names: readonly string[]): string[] {
  const numeric = names.every((name) => Number.isFinite(Number(name)));
  const byName = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
  return [...names].sort((a, b) => (numeric && Number(a) - Number(b)) || byName(a, b));
}
