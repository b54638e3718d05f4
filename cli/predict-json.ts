import { readFile } from 'node:fs/promises';
import { closest } from 'fastest-levenshtein';
import { className, columnName } from '../shared/data/class-name.ts';
import { DataError } from '../shared/data/data-error.ts';
import { type WordColumn, WordNumbers } from '../shared/data/words.ts';
import { joinedRows } from './joined-rows.ts';
import { found, parsedJson, placeInList, whyNoNumber } from './json-values.ts';
import { unknownWords } from './unknown-words.ts';

/** What is known of the rows beforehand. */
interface JsonOptions {
  /** Of objects: the keys that are no features. */
  readonly targets: readonly string[];
  /** Names of the features in their order, as the model says; what objects are read by. */
  readonly names?: readonly string[] | undefined;
  readonly categories?: readonly WordColumn[];
}

/** The values of an object by their keys, as names are compared. */
type Row = ReadonlyMap<string, unknown>;

const MOST_SHOWN = 12;
const EXAMPLE = '[[5.1, 3.5], [4.9, 3.0]], or [{ "length": 5.1, "width": 3.5 }]';

/**
 * Rows of a JSON file: lists of values, nested or not, in the order of the model's features; or objects, whose keys are the names of the
 * features, with others between them.
 *
 * @param width features of a row
 * @throws DataError that says which row does not fit, where in it, and why
 */
export async function readJsonRows(file: string, width: number, options: JsonOptions) {
  const content = parsedJson(await readFile(file, 'utf8'), file);
  if (!Array.isArray(content)) {
    const message = `A list of rows is needed, each a list of numbers, or an object; this is ${found(content)}.`;
    throw new DataError(message, { file, hint: EXAMPLE });
  }
  const { targets, categories = [] } = options;
  const names = options.names?.map(columnName);
  const rows = content.map((row: unknown, index) => (isObject(row) ? byName(row, index, file) : row));
  const list = rows.findIndex((row) => !(row instanceof Map));
  if (targets.length > 0 && list >= 0) {
    throw new DataError(
      `Rows that are lists hold features only: --target names a key of rows that are objects, and row ${list} is ${found(content[list])}.`,
      { file, hint: 'Leave --target out, or give the rows as objects, or as CSV.' },
    );
  }
  const words = new WordNumbers(categories);
  const numbers = rows.map((row, index) => {
    const values = row instanceof Map ? named(row, index, names, file) : flat(row, index, width, file);
    return Float32Array.from(values, (value, column) => {
      const word = isWritten(value) ? words.numberOf(column, String(value)) : undefined;
      const number = word ?? value;
      // A number may be too large for one: 1e999.
      if (typeof number === 'number' && Number.isFinite(number)) return number;
      const at = row instanceof Map ? '' : placeInList(content[index], column);
      const isWord = words.nameOf(column) !== undefined;
      throw new DataError(
        `Row ${index} holds ${found(value)}${at}, which is no ${isWord ? 'word' : 'finite number'}.`,
        { file, column: names?.[column] ?? column, hint: isWord ? undefined : whyNoNumber(value) },
      );
    });
  });
  const actual = targets.map((target) => answers(rows as readonly Row[], target, file));
  const warnings = unknownWords(words);
  return { ...joinedRows(numbers, width, file), actual, ...(warnings.length > 0 && { warnings }) };
}

function isObject(row: unknown): row is Readonly<Record<string, unknown>> {
  return typeof row === 'object' && row !== null && !Array.isArray(row);
}

/** Two keys may be one name: without the space around it, or with its é as one code point and as two. */
function byName(row: Readonly<Record<string, unknown>>, index: number, file: string): Row {
  const values = new Map<string, unknown>();
  for (const [key, value] of Object.entries(row)) {
    const name = columnName(key);
    if (values.has(name)) {
      const hint = 'Give every value of a row a name of its own.';
      throw new DataError(`Row ${index} names "${name}" twice.`, { file, column: name, hint });
    }
    values.set(name, value);
  }
  return values;
}

function isWritten(value: unknown): value is string | number | boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}

function flat(row: unknown, index: number, width: number, file: string): readonly unknown[] {
  const values: unknown[] = Array.isArray(row) ? row.flat(Number.POSITIVE_INFINITY) : [row];
  if (values.length === width) return values;
  const has = Array.isArray(row) ? `has ${values.length} values` : `is ${found(row)}`;
  const hint = `A row is a list of ${width} values in the order of the model’s features, or an object.`;
  throw new DataError(`Row ${index} ${has}, the model takes ${width}.`, { file, hint });
}

function named(
  row: Row,
  index: number,
  names: readonly string[] | undefined,
  file: string,
): readonly unknown[] {
  if (!names) {
    throw new DataError(
      `Row ${index} is an object, and the model does not say what its features are called.`,
      {
        file,
        hint: 'Give the values of each row as a list, in the order of the model’s features: [[5.1, 3.5], [4.9, 3.0]].',
      },
    );
  }
  return names.map((name) => {
    if (row.has(name)) return row.get(name);
    const free = [...row.keys()].filter((key) => !names.includes(key));
    throw missing(name, `a feature of the model`, index, free, file);
  });
}

/** Rows need no answer, but a key that none has is another key. */
function answers(rows: readonly Row[], target: string, file: string): string[] {
  const key = columnName(target);
  if (!rows.some((row) => row.has(key)))
    throw missing(target, '--target', 0, [...(rows[0]?.keys() ?? [])], file);
  return rows.map((row, index) => {
    const value = row.get(key) ?? '';
    if (isWritten(value)) return className(String(value));
    throw new DataError(`Row ${index} holds ${found(value)} where the answer is.`, {
      ...{
        file,
        column: target,
        hint: 'An answer is a text, a number, true or false; null where there is none.',
      },
    });
  });
}

/** @param free keys of which one may be meant */
function missing(
  name: string,
  what: string,
  index: number,
  free: readonly string[],
  file: string,
): DataError {
  const others = free.slice(0, MOST_SHOWN).join(', ') + (free.length > MOST_SHOWN ? ', …' : '');
  const has = free.length > 0 ? ` It has others: ${others}.` : '';
  const hint = free.length > 0 ? { hint: `The nearest is "${closest(name, free)}".` } : {};
  return new DataError(`Row ${index} has no "${name}", ${what}.${has}`, { file, column: name, ...hint });
}
