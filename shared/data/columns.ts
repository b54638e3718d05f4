import { closest, distance } from 'fastest-levenshtein';
import { columnTargets, targetColumns } from '../job/data-job.ts';
import { columnName } from './class-name.ts';
import { DataError } from './data-error.ts';
import type { TableJob } from './table-job.ts';

/** Which fields of a record are read. */
export interface Columns {
  /** Fields of every record. */
  readonly fields: number;
  /** None, one, or several of numbers. */
  readonly targets: readonly number[];
  /** The column of text, if tokens are the features; then there are no others. */
  readonly text: number | undefined;
  readonly features: readonly number[];
  readonly featureNames: readonly string[];
  /** The field among the features that says how many places of a row count, and how many it has. */
  readonly length?: { readonly field: number; readonly places: number } | undefined;
  /** Fields among the features that hold words. */
  readonly categories: ReadonlySet<number>;
  /** How people call a field: its name, or its number from 0. */
  readonly label: (field: number) => string | number;
}

type Role = 'target' | 'text' | 'feature' | 'category' | 'length';

const FEATURES = ['data', 'features'];
const COLUMNS = [...FEATURES, 'columns'];

/** Of the job, where it names columns of this role. */
function keyOf(role: Role, { target }: TableJob): readonly string[] {
  const keys = {
    target: ['data', target.type === 'several' ? 'targets' : 'target'],
    text: [...FEATURES, 'text'],
    feature: COLUMNS,
    category: [...FEATURES, 'categories'],
    length: [...FEATURES, 'lengths'],
  };
  return keys[role];
}

/**
 * Finds the job's columns in the header, or by number when there is none.
 *
 * @param first the first record: the header, or the first row
 */
export function findColumns(job: TableJob, first: readonly string[], file: string): Columns {
  const names = job.format.header ? headerNames(first, file) : undefined;
  const taken = new Set<string | number>(named(job));
  const find = (column: string | number, what: Role, used = taken): number =>
    names
      ? byName({ names, used }, String(column), what, file, keyOf(what, job))
      : byNumber(first.length, column, what, file, keyOf(what, job));
  const targets = targetColumns(job.target).map((column) => find(column, 'target'));
  const column = job.tokens?.column;
  const text = column === undefined ? undefined : find(column, 'text');
  const { lengths } = job.features;
  const lengthField = lengths && find(lengths.column, 'length', new Set([...taken, lengths.column]));
  const features =
    text === undefined
      ? (job.features.columns?.map((name) => find(name, 'feature')) ??
        first.map((_, field) => field).filter((field) => !targets.includes(field)))
      : [];
  const label = (field: number): string | number => names?.[field] ?? field;
  const twice = features.find((field, index) => features.indexOf(field) !== index);
  if (twice !== undefined) {
    const hint = 'Name each column once in data.features.columns.';
    throw new DataError('The column is a feature twice.', { file, column: label(twice), hint, key: COLUMNS });
  }
  const seen = targets.find((target) => target === text || features.includes(target));
  if (seen !== undefined) {
    const hint = 'Take it out of data.features: a model that sees the answer learns nothing.';
    throw new DataError('The target is among the features.', {
      file,
      column: label(seen),
      hint,
      key: FEATURES,
    });
  }
  const double = targets.find((field, index) => targets.indexOf(field) !== index);
  if (double !== undefined) {
    const key = job.target.type === 'several' ? 'data.targets' : 'data.target.columns';
    const hint = `Name each column once in ${key}.`;
    throw new DataError('The column is a target twice.', {
      file,
      column: label(double),
      hint,
      key: keyOf('target', job),
    });
  }
  if (features.length === 0 && text === undefined) {
    const hint = 'Check data.format.delimiter: the whole line was read as one column.';
    throw new DataError('There is no feature column beside the target.', { file, line: 1, hint });
  }
  const { categories: words = [] } = job.features;
  // A category is one of the features: only those are taken that are categories already.
  const categories = new Set(words.map((name) => find(name, 'category', new Set(words))));
  const outside = [...categories].find((field) => !features.includes(field));
  if (outside !== undefined) {
    const hint = 'Name it in data.features.columns too, or leave those out.';
    throw new DataError('The category is not among the features.', {
      file,
      column: label(outside),
      hint,
      key: keyOf('category', job),
    });
  }
  checkTargetShapes(job, file);
  const { shape } = job.features;
  const numbers = features.length - (lengths ? 1 : 0);
  const size = shape?.reduce((product, dim) => product * dim, 1);
  if (shape && text === undefined && size !== numbers) {
    const beside = lengths ? ` beside the one of their lengths` : '';
    throw new DataError(
      `data.features.shape [${shape.join(', ')}] has ${size} values, but there are ${numbers} feature columns${beside}.`,
      {
        file,
        hint: 'Make the product of the shape equal to the number of feature columns, or name the columns.',
        key: ['data', 'features', 'shape'],
      },
    );
  }
  return {
    fields: first.length,
    targets,
    text,
    features,
    featureNames: features.map((f) => String(label(f))),
    length: lengths && {
      field: lengthField!,
      places: (shape ?? [numbers])[lengths.axis] ?? 0,
    },
    categories,
    label,
  };
}

function checkTargetShapes(job: TableJob, file: string): void {
  for (const { name, target } of columnTargets(job.target)) {
    const shape = 'shape' in target ? target.shape : undefined;
    const size = shape?.reduce((product, dim) => product * dim, 1);
    const columns = targetColumns(target).length;
    if (!shape || size === columns) continue;
    const key = name === undefined ? 'data.target' : `data.targets.${name}`;
    throw new DataError(
      `${key}.shape [${shape.join(', ')}] has ${size} values, but there are ${columns} target columns.`,
      {
        file,
        hint: 'Make the product of the shape equal to the number of target columns.',
        key: name === undefined ? ['data', 'target', 'shape'] : ['data', 'targets', name, 'shape'],
      },
    );
  }
}

function headerNames(first: readonly string[], file: string): readonly string[] {
  const names = first.map(columnName);
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

/** Every column that the job names as target, text or feature. */
function named({ target, tokens, features }: TableJob): readonly (string | number)[] {
  const text = tokens?.column;
  return [
    ...targetColumns(target),
    ...(text === undefined ? [] : [text]),
    ...(text === undefined ? (features.columns ?? []) : []),
  ];
}

/** The column that was probably meant: one that the job does not name elsewhere, if such a one is near. */
function nearColumn(name: string, names: readonly string[], used: ReadonlySet<unknown>): string | undefined {
  const free = names.filter((column) => !used.has(column));
  for (const columns of [free, names]) {
    if (columns.length === 0) continue;
    const near = closest(name, columns);
    if (distance(name, near) <= Math.max(2, name.length / 3)) return near;
  }
  return undefined;
}

/** @param used columns that the job names: another one is rather meant */
function byName(
  { names, used }: { readonly names: readonly string[]; readonly used: ReadonlySet<unknown> },
  name: string,
  what: Role,
  file: string,
  key: readonly string[],
): number {
  const field = names.indexOf(columnName(name));
  if (field >= 0) return field;
  const number = /^\d+$/.test(name) ? notByNumber(name, names) : undefined;
  const near = nearColumn(name, names, used);
  const shown = names.slice(0, 12).join(', ') + (names.length > 12 ? `, … (${names.length} in all)` : '');
  throw new DataError(`There is no ${what} column "${name}". The columns are: ${shown}.`, {
    file,
    line: 1,
    column: name,
    hint: number ?? (near === undefined ? undefined : `Did you mean "${near}"?`),
    key,
    ...(number === undefined && { nearest: near }),
  });
}

function notByNumber(number: string, names: readonly string[]): string {
  const called = names[Number(number)];
  const named = called === undefined ? '' : `: column ${number}, counted from 0, is "${called}"`;
  return `The file has a header, so columns are given by their names${named}.`;
}

function byNumber(
  fields: number,
  column: string | number,
  what: Role,
  file: string,
  key: readonly string[],
): number {
  if (typeof column === 'string') {
    throw new DataError(`The ${what} column "${column}" is a name, but the file has no header.`, {
      file,
      column,
      hint: 'Give the column by its number from 0, or set data.format.header to true.',
      key,
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
      key,
    },
  );
}
