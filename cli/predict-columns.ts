import { closest } from 'fastest-levenshtein';
import { columnName } from '../shared/data/class-name.ts';
import { DataError } from '../shared/data/data-error.ts';

const MOST_SHOWN = 12;

/**
 * Where a model's features stand in a table, by the names in its header: they may stand in another order, and between others.
 *
 * @param names of the features, in the order of the model's input
 * @param taken columns that are something else, such as the target: none is suggested for a feature
 * @returns for each feature the field of a record
 * @throws DataError that names the nearest columns when one is not there
 */
export function fieldsByName(
  names: readonly string[],
  header: readonly string[],
  file: string,
  taken: readonly string[] = [],
): readonly number[] {
  const columns = header.map(columnName);
  return names.map(columnName).map((name) => {
    const field = columns.indexOf(name);
    if (field < 0) throw missing(name, [...names, ...taken].map(columnName), columns, file);
    if (columns.includes(name, field + 1)) {
      const hint = 'Give every column a name of its own.';
      throw new DataError(`The header names "${name}" twice.`, { file, line: 1, column: name, hint });
    }
    return field;
  });
}

/** The field that a column is: a number is a place, anything else a name in the first line. */
export function columnIndex(column: string, fields: readonly string[]): number | undefined {
  const index = /^\d+$/.test(column)
    ? Number(column)
    : fields.findIndex((field) => columnName(field) === columnName(column));
  return index >= 0 && index < fields.length ? index : undefined;
}

/** Whether a first line is a header that goes by names: it has some of the features', and those cannot be cells; or all of them. */
export function namesFeatures(names: readonly string[], first: readonly string[]): boolean {
  const columns = new Set(first.map(columnName));
  const own = names.map(columnName);
  const isWord = (name: string): boolean => Number.isNaN(Number(name));
  return own.some((name) => isWord(name) && columns.has(name)) || own.every((name) => columns.has(name));
}

function missing(
  name: string,
  taken: readonly string[],
  columns: readonly string[],
  file: string,
): DataError {
  const used = new Set(taken);
  const free = columns.filter((column) => !used.has(column));
  const shown = columns.slice(0, MOST_SHOWN).join(', ') + (columns.length > MOST_SHOWN ? ', …' : '');
  const nearest = free.length > 0 ? closest(name, free) : undefined;
  const hint =
    nearest === undefined
      ? 'Give the columns that the model was trained on, by their names, in any order.'
      : `The nearest is "${nearest}": if it is that one, name it so. Without a header columns are taken in order.`;
  const message = `There is no column "${name}", a feature of the model. The columns are: ${shown}.`;
  return new DataError(message, { file, line: 1, column: name, hint });
}
