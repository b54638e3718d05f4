/** A word as a POSIX shell reads it back: as it is where nothing in it is special, else in single quotes (POSIX.1-2017, 2.2.2). */
export function shellWord(word: string): string {
  if (/^[\w@%+=:,./-]+$/.test(word)) return word;
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
