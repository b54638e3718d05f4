import { readFile } from 'node:fs/promises';
import { closest } from 'fastest-levenshtein';
import { className } from '../shared/data/class-name.ts';
import { DataError } from '../shared/data/data-error.ts';
import { type WordColumn, WordNumbers } from '../shared/data/words.ts';
import { joinedRows } from './joined-rows.ts';

/** What is known of the rows beforehand. */
interface JsonOptions {
  /** Of objects: the keys that are no features. */
  readonly targets: readonly string[];
  /** Names of the features in their order, as the model says; what objects are read by. */
  readonly names?: readonly string[] | undefined;
  readonly categories?: readonly WordColumn[];
}

type Row = Readonly<Record<string, unknown>>;

const MOST_SHOWN = 12;

/**
 * Rows of a JSON file: lists of values, nested or not, in the order of the model's features; or objects, whose keys are the names of the
 * features, with others between them.
 *
 * @param width features of a row
 * @throws DataError that says which row does not fit
 */
export async function readJsonRows(file: string, width: number, options: JsonOptions) {
  const content = parsed(await readFile(file, 'utf8'), file);
  if (!Array.isArray(content)) {
    throw new DataError('A list of rows is needed, each a list of numbers, or an object.', {
      file,
      hint: '[[5.1, 3.5], [4.9, 3.0]], or [{ "length": 5.1, "width": 3.5 }]',
    });
  }
  const { targets, names, categories = [] } = options;
  if (targets.length > 0 && !content.every(isObject)) {
    throw new DataError(
      'Rows that are lists hold features only: --target names a key of rows that are objects.',
      {
        file,
        hint: 'Leave --target out, or give the rows as objects, or as CSV.',
      },
    );
  }
  const words = new WordNumbers(categories);
  const rows = content.map((row: unknown, index) => {
    const values = isObject(row) ? named(row, index, names, file) : flat(row, index, width, file);
    return Float32Array.from(values, (value, column) => {
      const word = typeof value === 'string' ? words.numberOf(column, value) : undefined;
      const number = word ?? value;
      // A number may be too large for one: 1e999.
      if (typeof number === 'number' && Number.isFinite(number)) return number;
      const place = { file, column: names?.[column] ?? column };
      throw new DataError(`Row ${index} holds ${shown(value)}, which is no finite number.`, place);
    });
  });
  const actual = targets.map((target) => content.map((row: Row, index) => answer(row, index, target, file)));
  return { ...joinedRows(rows, width, file), actual };
}

function parsed(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    throw new DataError(`This is no JSON: ${cause.message}.`, { file }, { cause });
  }
}

function isObject(row: unknown): row is Row {
  return typeof row === 'object' && row !== null && !Array.isArray(row);
}

function flat(row: unknown, index: number, width: number, file: string): readonly unknown[] {
  const values: unknown[] = Array.isArray(row) ? row.flat(Number.POSITIVE_INFINITY) : [row];
  if (values.length === width) return values;
  throw new DataError(`Row ${index} has ${values.length} values, the model takes ${width}.`, { file });
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
    if (Object.hasOwn(row, name)) return row[name];
    throw missing(
      name,
      `a feature of the model`,
      index,
      Object.keys(row).filter((key) => !names.includes(key)),
      file,
    );
  });
}

function answer(row: Row, index: number, target: string, file: string): string {
  if (!Object.hasOwn(row, target)) throw missing(target, '--target', index, Object.keys(row), file);
  const value = row[target];
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
    return className(String(value));
  }
  throw new DataError(`Row ${index} holds ${shown(value)} where the answer is.`, { file, column: target });
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

function shown(value: unknown): string {
  return (JSON.stringify(value) ?? String(value)).slice(0, 40);
}
