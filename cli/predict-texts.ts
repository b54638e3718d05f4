import { readCsv } from '../node/data/csv-rows.ts';
import { className } from '../shared/data/class-name.ts';
import { DataError } from '../shared/data/data-error.ts';
import type { Tokenizer } from '../shared/text/tokenizer.ts';
import { columnIndex } from './predict-columns.ts';
import { targetHint } from './predict-rows.ts';
import { UnknownText } from './unknown-words.ts';

/** Texts to predict of, as token ids: `count` rows of `width`. */
export interface TextRows {
  readonly values: Int32Array;
  readonly count: number;
  /** What each of the target columns says. */
  readonly actual: readonly (readonly string[])[];
  /** What may be a mistake. */
  readonly warnings?: readonly string[];
}

export interface TextOptions {
  readonly delimiter: string;
  /** The column of text: its name, or its number from 0; undefined: the only one beside the targets. */
  readonly text: string | undefined;
  readonly targets: readonly string[];
  /** The columns that the model predicts, for the hint when no target was given. */
  readonly trainedOn?: readonly string[] | undefined;
}

/**
 * Reads texts from CSV, gzipped or not, as tokens: cut at the end, or filled up with the padding token, as in training. The first
 * line names the columns, unless they are given by number.
 *
 * @param width tokens of a row
 * @throws DataError with line and column
 */
export async function readTexts(
  file: string,
  tokenizer: Tokenizer,
  width: number,
  options: TextOptions,
): Promise<TextRows> {
  const rows: Int32Array[] = [];
  const unknown = new UnknownText(tokenizer);
  const actual = options.targets.map((): string[] => []);
  let columns: { readonly text: number; readonly targets: readonly number[] } | undefined;
  await readCsv(file, options.delimiter, (fields, line) => {
    if (!columns) {
      columns = findColumns(fields, options, file);
      if (!isNumbered(options)) return;
    }
    const text = fields[columns.text];
    if (text === undefined) {
      const message = `The row has ${fields.length} fields, the text is in column ${columns.text}.`;
      throw new DataError(message, { file, line, hint: 'Put fields that contain the delimiter in quotes.' });
    }
    unknown.look(text);
    rows.push(padded(tokenizer, text, width));
    for (const [at, column] of columns.targets.entries()) actual[at]!.push(className(fields[column] ?? ''));
  });
  if (rows.length === 0) throw new DataError('There is no row.', { file });
  const values = new Int32Array(rows.length * width);
  for (const [index, row] of rows.entries()) values.set(row, index * width);
  const warnings = unknown.warnings();
  return { values, count: rows.length, actual, ...(warnings.length > 0 && { warnings }) };
}

function padded(tokenizer: Tokenizer, text: string, width: number): Int32Array {
  const row = new Int32Array(width).fill(tokenizer.padding ?? 0);
  row.set(tokenizer.encode(text).slice(0, width));
  return row;
}

/** Columns that are all given by number need no header. */
function isNumbered({ text, targets }: TextOptions): boolean {
  const given = [text, ...targets].filter((column) => column !== undefined);
  return given.length > 0 && given.every((column) => /^\d+$/.test(column));
}

function findColumns(
  fields: readonly string[],
  { text, targets, trainedOn }: TextOptions,
  file: string,
): { text: number; targets: readonly number[] } {
  const find = (column: string): number => {
    const index = columnIndex(column, fields);
    if (index !== undefined) return index;
    const message = `There is no column "${column}": the first line has ${fields.slice(0, 12).join(', ')}.`;
    throw new DataError(message, { file, line: 1, column, hint: 'Columns are numbered from 0.' });
  };
  const found = targets.map(find);
  if (text !== undefined) return { text: find(text), targets: found };
  const others = fields.map((_, index) => index).filter((index) => !found.includes(index));
  if (others.length === 1) return { text: others[0]!, targets: found };
  throw new DataError(`Which of the ${others.length} columns is the text?`, {
    file,
    line: 1,
    hint: ['Name it: --text COLUMN.', targetHint(fields, { targets, trainedOn })].filter(Boolean).join(' '),
  });
}
