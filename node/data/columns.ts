import { closest, distance } from 'fastest-levenshtein';
import { DataError } from '../../shared/data/data-error.ts';
import type { DataJob } from '../../shared/job/job.ts';

/** Which fields of a record are read. */
export interface Columns {
  /** Fields of every record. */
  readonly fields: number;
  readonly target: number;
  readonly features: readonly number[];
  readonly featureNames: readonly string[];
  /** How people call a field: its name, or its number from 0. */
  readonly label: (field: number) => string | number;
}

/**
 * Finds the job's columns in the header, or by number when there is none.
 *
 * @param first the first record: the header, or the first row
 */
export function findColumns(job: DataJob, first: readonly string[], file: string): Columns {
  const names = job.format.header ? headerNames(first, file) : undefined;
  const find = (column: string | number, what: string): number =>
    names ? byName(names, String(column), what, file) : byNumber(first.length, column, what, file);
  const target = find(job.target.column, 'target');
  const features =
    job.features.columns?.map((column) => find(column, 'feature')) ??
    first.map((_, field) => field).filter((field) => field !== target);
  const label = (field: number): string | number => names?.[field] ?? field;
  const twice = features.find((field, index) => features.indexOf(field) !== index);
  if (twice !== undefined) {
    const hint = 'Name each column once in data.features.columns.';
    throw new DataError('The column is a feature twice.', { file, column: label(twice), hint });
  }
  if (features.includes(target)) {
    const hint = 'Take it out of data.features.columns: a model that sees the answer learns nothing.';
    throw new DataError('The target is among the features.', { file, column: label(target), hint });
  }
  if (features.length === 0) {
    const hint = 'Check data.format.delimiter: the whole line was read as one column.';
    throw new DataError('There is no feature column beside the target.', { file, line: 1, hint });
  }
  const { shape } = job.features;
  const size = shape?.reduce((product, dim) => product * dim, 1);
  if (shape && size !== features.length) {
    throw new DataError(
      `data.features.shape [${shape.join(', ')}] has ${size} values, but there are ${features.length} feature columns.`,
      {
        file,
        hint: 'Make the product of the shape equal to the number of feature columns, or name the columns.',
      },
    );
  }
  return {
    fields: first.length,
    target,
    features,
    featureNames: features.map((f) => String(label(f))),
    label,
  };
}

function headerNames(first: readonly string[], file: string): readonly string[] {
  const names = first.map((name) => name.trim());
  const twice = names.findIndex((name, index) => names.indexOf(name) !== index);
  if (twice < 0) return names;
  const numeric = names.every((name) => name !== '' && Number.isFinite(Number(name)));
  throw new DataError(`The header names "${names[twice]}" twice.`, {
    file,
    line: 1,
    column: names[twice],
    hint: numeric
      ? 'The first line looks like data: set data.format.header to false.'
      : 'Give every column a name of its own.',
  });
}

function byName(names: readonly string[], name: string, what: string, file: string): number {
  const field = names.indexOf(name);
  if (field >= 0) return field;
  const near = closest(name, names as string[]);
  const similar = distance(name, near) <= Math.max(2, name.length / 3);
  const shown = names.slice(0, 12).join(', ') + (names.length > 12 ? `, … (${names.length} in all)` : '');
  throw new DataError(`There is no ${what} column "${name}". The columns are: ${shown}.`, {
    file,
    line: 1,
    column: name,
    hint: similar ? `Did you mean "${near}"?` : undefined,
  });
}

function byNumber(fields: number, column: string | number, what: string, file: string): number {
  if (typeof column === 'string') {
    throw new DataError(`The ${what} column "${column}" is a name, but the file has no header.`, {
      file,
      column,
      hint: 'Give the column by its number from 0, or set data.format.header to true.',
    });
  }
  if (Number.isInteger(column) && column >= 0 && column < fields) return column;
  throw new DataError(
    `There is no ${what} column ${column}: the first line has ${fields} columns, 0 to ${fields - 1}.`,
    {
      file,
      line: 1,
      column,
      hint: fields === 1 ? 'Check data.format.delimiter.' : 'Columns are numbered from 0.',
    },
  );
}
