import type { ParameterEntry, ParameterLayout } from './layout.ts';

/**
 * The entries that one of the globs names.
 *
 * @param globs patterns of names; `*` matches any run of characters
 */
export function matchingEntries(
  layout: Pick<ParameterLayout, 'entries'>,
  globs: readonly string[],
): readonly ParameterEntry[] {
  if (globs.length === 0) return [];
  const patterns = globs.map(globToRegExp);
  return layout.entries.filter((entry) => patterns.some((pattern) => pattern.test(entry.name)));
}

function globToRegExp(glob: string): RegExp {
  return new RegExp(`^${glob.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replace(/\*/g, '.*')}$`);
}
