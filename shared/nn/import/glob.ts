import { distance } from 'fastest-levenshtein';

/** `*` stands for any letters (dots and slashes too), `?` for one; everything else for itself. */
export function matches(glob: string, name: string): boolean {
  const pattern = glob
    .replaceAll(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${pattern}$`, 's').test(name);
}

/** The few names that are nearest to what a glob says: those that hold its longest literal part first. */
export function nearestNames(glob: string, names: readonly string[], count = 3): string[] {
  const literal = glob
    .split(/[*?]+/)
    .reduce((longest, part) => (part.length > longest.length ? part : longest), '');
  const word = literal.replaceAll(/^[./]+|[./]+$/g, '') || glob;
  const away = (name: string): number => {
    if (name.toLowerCase().includes(word.toLowerCase())) return 0;
    const parts = [name, ...name.split(/[./:]+/)];
    return Math.min(...parts.map((part) => distance(word.toLowerCase(), part.toLowerCase())));
  };
  return names
    .map((name) => ({ name, away: away(name) }))
    .sort((a, b) => a.away - b.away || (a.name < b.name ? -1 : 1))
    .slice(0, count)
    .map(({ name }) => name);
}
