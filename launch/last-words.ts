/**
 * What a process of this program says of its end: its own text, and the errors in its log. The log's other lines, one JSON
 * object each, are not for people who look at a whole run.
 */
export function lastWords(output: string): string {
  return output
    .split('\n')
    .flatMap((line) => {
      if (!line.startsWith('{"level":')) return [line];
      const entry = parse(line);
      return entry?.level === 'error' && typeof entry.msg === 'string' ? [`error: ${entry.msg}`] : [];
    })
    .join('\n')
    .trim();
}

/** Of last words, the last error, without what libraries wrote before it; all of them where none says that it is one. */
export function lastError(words: string): string {
  return words
    .split(/^error: /m)
    .at(-1)!
    .trim();
}

/** Undefined for a line that is cut. */
function parse(line: string): { readonly level?: unknown; readonly msg?: unknown } | undefined {
  try {
    return JSON.parse(line) as { readonly level?: unknown; readonly msg?: unknown };
  } catch {
    return undefined;
  }
}
