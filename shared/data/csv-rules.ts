import { DataError } from './data-error.ts';

/** Longest record; more is a file that is no CSV, or a quote that was never closed. */
const MAX_RECORD_BYTES = 16 * 1024 * 1024;

/** How CSV is read, for `csv-parse`, which Node and browsers have in builds of their own. */
export const CSV_OPTIONS = {
  bom: true,
  relax_column_count: true,
  skip_empty_lines: true,
  max_record_size: MAX_RECORD_BYTES,
} as const;

export function emptyFile(file: string): DataError {
  return new DataError('The file is empty.', {
    file,
    hint: 'Point data.source, or data.text, at a file with rows.',
  });
}

/** A NUL byte means UTF-16 or binary data, of which a CSV parser makes nonsense. */
export function noText(file: string): DataError {
  const hint = 'Save it as CSV in UTF-8, gzipped or not.';
  return new DataError('The file is not text in UTF-8: it holds zero bytes.', { file, hint });
}

/** @param cause the parser's error, which knows the line */
export function badCsv(cause: Error, file: string): DataError {
  const line = (cause as { lines?: number }).lines;
  const hint = 'A quote inside a quoted field is written twice.';
  return new DataError(`This is no valid CSV: ${cause.message}.`, { file, line, hint }, { cause });
}
