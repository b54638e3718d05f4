/**
 * The name of a class, or a word of a category, as it is compared: without space around it, and in one of the ways in which Unicode
 * lets it be written. An é may be one code point or two: folders that macOS made say two, keyboards and most tables one.
 *
 * Source: Unicode Standard Annex #15, normalization form C.
 */
export function className(written: string): string {
  return written.trim().normalize('NFC');
}

/** A symbol of labels: it may be the space, which a class cannot be. */
export function symbolName(written: string): string {
  return className(written) || written;
}

/** The name of a column, in a header, a job or a model: the same name, however an editor or a file system wrote it. */
export function columnName(written: string): string {
  return className(written);
}
