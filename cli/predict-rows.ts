import { readCsv } from '../node/data/csv-rows.ts';
import { className, columnName } from '../shared/data/class-name.ts';
import { DataError } from '../shared/data/data-error.ts';
import { type WordColumn, WordNumbers } from '../shared/data/words.ts';
import { shellWord } from '../shared/text/shell-word.ts';
import { joinedRows } from './joined-rows.ts';
import { columnIndex, fieldsByName, namesFeatures } from './predict-columns.ts';
import { readJsonRows } from './predict-json.ts';
import { unknownWords } from './unknown-words.ts';

const ANY_TARGET = 'If one of the columns is the target, name it: --target COLUMN.';

/** Rows to predict, flat: `count` rows of `width` values. */
export interface PredictRows {
  readonly values: Float32Array;
  readonly count: number;
  /** How each row is called, where that is not its number. */
  readonly names?: readonly string[];
  /** What each of the target columns says. */
  readonly actual: readonly (readonly string[])[];
  /** What may be a mistake. */
  readonly warnings?: readonly string[];
}

export interface RowOptions {
  readonly delimiter: string;
  /** Columns that are no features: their names, or their numbers from 0. */
  readonly targets: readonly string[];
  /** The columns that the model predicts: named in the hint when no target was given, and the file has them. */
  readonly trainedOn?: readonly string[] | undefined;
  /** Names of the features' columns, as the model says: a header that has them may have them in any order, and others too. */
  readonly names?: readonly string[] | undefined;
  /** Features that are words, as the model says. */
  readonly categories?: readonly WordColumn[];
  /** The model was trained on image files: rows of pixels are read, too. */
  readonly images?: boolean;
}

/** What to type when the file has the columns that the model predicts, and nobody said so. */
export function targetHint(
  fields: readonly string[],
  { targets = [], trainedOn = [] }: Partial<RowOptions>,
): string {
  const isThere = trainedOn.every((column) => columnIndex(column, fields) !== undefined);
  if (targets.length > 0 || trainedOn.length === 0 || !isThere) return '';
  const options = trainedOn.map((column) => `--target ${shellWord(column)}`).join(' ');
  return trainedOn.length === 1
    ? `Column ${trainedOn[0]} is what the model predicts: name it with ${options}.`
    : `Columns ${trainedOn.join(', ')} are what the model predicts: name them with ${options}.`;
}

/**
 * Reads rows from JSON (a list of lists or of objects; with words where the model knows some) or CSV, gzipped or not, with or without a
 * header.
 *
 * @param width features of a row
 * @throws DataError with line and column
 */
export async function readRows(file: string, width: number, options: RowOptions): Promise<PredictRows> {
  return /\.json$/i.test(file) ? readJsonRows(file, width, options) : readTable(file, width, options);
}

async function readTable(file: string, width: number, options: RowOptions): Promise<PredictRows> {
  const { delimiter, targets, trainedOn = [], names, categories = [] } = options;
  const words = new WordNumbers(categories);
  const rows: Float32Array[] = [];
  const actual = targets.map((): string[] => []);
  let header: readonly string[] | undefined;
  let skipped: readonly number[] = [];
  /** By name: the field of each feature. */
  let fieldsOf: readonly number[] | undefined;
  let first = true;
  let hint = '';
  let warnings: readonly string[] = [];
  await readCsv(file, delimiter, (fields, line) => {
    if (first) {
      first = false;
      if (options.images && fields.length !== width) throw imagesWanted(fields.length, width, file);
      checkDelimiter(fields, delimiter, width, file);
      if (names && namesFeatures(names, fields)) {
        header = fields;
        fieldsOf = fieldsByName(names, fields, file, [...targets, ...trainedOn]);
        skipped = targets.map((target) => columnOf(target, fields, file));
        return;
      }
      const isTarget = fields.length - width === Math.max(1, trainedOn.length);
      hint = targets.length === 0 && isTarget ? targetHint(fields, options) || ANY_TARGET : '';
      skipped = targets.map((target) => columnOf(target, fields, file));
      warnings = readAsFeatures(trainedOn, fields, targets, skipped);
      // A text in the target column alone is a class, not a header; and a word is one where it is the column's name.
      const isName = (field: string, index: number) => {
        const name = words.nameOf(index - skipped.filter((column) => column < index).length);
        return name === undefined ? Number.isNaN(Number(field)) : columnName(field) === columnName(name);
      };
      if (fields.some((field, index) => !skipped.includes(index) && isName(field, index))) {
        // A header that goes by other names: which is which nobody can say.
        if (names) fieldsByName(names, fields, file, [...targets, ...trainedOn]);
        checkWidth(fields.length - skipped.length, width, file, line, hint);
        header = fields;
        return;
      }
    }
    const order = fieldsOf ?? fields.flatMap((_, index) => (skipped.includes(index) ? [] : [index]));
    if (fieldsOf) checkFields(fields.length, header!.length, file, line);
    else checkWidth(order.length, width, file, line, hint);
    for (const [at, column] of skipped.entries()) actual[at]!.push(className(fields[column] ?? ''));
    rows.push(
      Float32Array.from(order, (column, index) => {
        const cell = fields[column]!;
        const word = words.numberOf(index, cell);
        if (word !== undefined) return word;
        const value = Number(cell);
        if (cell.trim() !== '' && Number.isFinite(value)) return value;
        const place = { file, line, column: header?.[column] ?? column };
        throw new DataError(`${JSON.stringify(cell.slice(0, 40))} is not a finite number.`, place);
      }),
    );
  });
  const all = [...warnings, ...unknownWords(words)];
  return { ...joinedRows(rows, width, file), actual, ...(all.length > 0 && { warnings: all }) };
}

/** Where features go by their order, all columns but the targets are some: what the model was trained to predict, too. */
function readAsFeatures(
  trainedOn: readonly string[],
  fields: readonly string[],
  targets: readonly string[],
  skipped: readonly number[],
): readonly string[] {
  if (targets.length === 0) return [];
  const others = trainedOn.filter((column) => {
    const index = columnIndex(column, fields);
    return index !== undefined && !skipped.includes(index);
  });
  return others.map(
    (column) =>
      `the model was trained to predict column ${column}; with --target ${targets.join(', ')} that column is read as a feature. If the table is the one of the training, use --target ${shellWord(column)}.`,
  );
}

/** A number is a position, anything else a name in the first line. */
function columnOf(target: string, fields: readonly string[], file: string): number {
  const index = columnIndex(target, fields);
  if (index !== undefined) return index;
  const shown = fields.slice(0, 12).join(', ');
  const message = `There is no column "${target}": the first line has ${fields.length} columns, ${shown}${fields.length > 12 ? ', …' : ''}.`;
  throw new DataError(message, { file, line: 1, column: target, hint: 'Columns are numbered from 0.' });
}

function imagesWanted(found: number, width: number, file: string): DataError {
  const hint = `Give an image (PNG or JPEG) or a folder of them in its place; rows of ${width} pixels are read, too.`;
  return new DataError(
    `The model was trained on images, and this is a table whose rows have ${found} values.`,
    {
      ...{ file, hint },
    },
  );
}

const DELIMITERS = [',', ';', '\t', '|'];

/** One field where several are wanted, and in it what other tables have between theirs. */
function checkDelimiter(
  [only, ...others]: readonly string[],
  delimiter: string,
  width: number,
  file: string,
) {
  if (only === undefined || others.length > 0 || width === 1) return;
  const likely = DELIMITERS.find((each) => each !== delimiter && only.split(each).length >= width);
  if (likely === undefined) return;
  const given = likely === '\t' ? "$'\\t'" : shellWord(likely);
  throw new DataError(`The first line has no ${JSON.stringify(delimiter)} between its fields.`, {
    file,
    line: 1,
    hint: `They seem to be separated by ${JSON.stringify(likely)}: --delimiter ${given}.`,
  });
}

function checkWidth(found: number, width: number, file: string, line: number, hint: string): void {
  if (found === width) return;
  throw new DataError(`The row has ${found} values, the model takes ${width}.`, {
    file,
    line,
    hint: hint || 'Give the columns that the model was trained on, in the same order.',
  });
}

function checkFields(found: number, columns: number, file: string, line: number): void {
  if (found === columns) return;
  const hint = 'Every row needs the same number of fields; put fields that contain the delimiter in quotes.';
  throw new DataError(`The row has ${found} fields, the header has ${columns}.`, { file, line, hint });
}
