import { nearest } from '../../job/explain.ts';
import { PartitionError } from './partition-error.ts';
import type { PartitionData } from './partitioner.ts';

/**
 * Values of a column by row.
 *
 * @throws PartitionError when there is none of that name, with those that there are
 */
export function columnOf(data: PartitionData, name: string | number): (row: number) => string | number {
  const found = data.column?.(name);
  if (found) return found;
  const columns = data.columns ?? [];
  // Where a header names the columns, a number is no name: the column that was counted is meant.
  const near = (typeof name === 'number' ? columns[name] : undefined) ?? nearest(String(name), columns);
  const shown =
    columns.slice(0, 16).join(', ') + (columns.length > 16 ? `, … (${columns.length} in all)` : '');
  const what = `there is no column "${name}"`;
  throw new PartitionError(
    `There is no column "${name}".${near === undefined ? '' : ` Did you mean "${near}"?`} ${
      columns.length > 0 ? `Columns: ${shown}.` : 'These data have no columns to go by.'
    }`,
    columns.length > 0
      ? { at: 'column', what, allowed: columns, nearest: near }
      : { at: 'column', what, allowed: ['a partition without a column: these data have none'] },
  );
}

/** A column of finite numbers, [rows]. */
export function numbersOf(data: PartitionData, name: string | number): Float64Array {
  const value = columnOf(data, name);
  return Float64Array.from({ length: data.rows }, (_, row) => {
    const number = numeric(value(row));
    if (Number.isNaN(number)) throw notA('a number', data, name, row, value(row));
    return number;
  });
}

const ISO_8601 = /^\d{4}(-\d\d(-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?)?)?$/;

/** A column of numbers, or of dates of ISO 8601 (UTC where no zone is said), as numbers that sort by time, [rows]. */
export function timesOf(data: PartitionData, name: string | number): Float64Array {
  const value = columnOf(data, name);
  let numbers = true;
  for (let row = 0; row < data.rows && numbers; row++) numbers = !Number.isNaN(numeric(value(row)));
  if (numbers) return numbersOf(data, name);
  return Float64Array.from({ length: data.rows }, (_, row) => {
    const text = String(value(row)).trim();
    const zoned = /T| /.test(text) && !/(Z|[+-]\d\d:?\d\d)$/.test(text) ? `${text}Z` : text;
    const time = ISO_8601.test(text) ? Date.parse(zoned.replace(' ', 'T')) : Number.NaN;
    if (Number.isNaN(time))
      throw notA('a number or a date like 2026-01-31T12:00:00Z', data, name, row, value(row));
    return time;
  });
}

function numeric(value: string | number): number {
  const number = typeof value === 'string' && value.trim() === '' ? Number.NaN : Number(value);
  return Number.isFinite(number) ? number : Number.NaN;
}

function notA(what: string, data: PartitionData, name: string | number, row: number, value: string | number) {
  const place = data.position?.(row) ?? row;
  const text = JSON.stringify(value) ?? String(value);
  return new PartitionError(
    `Row ${place} of column "${name}" is not ${what}: ${text.length > 60 ? `${text.slice(0, 57)}…` : text}.`,
    { at: 'column' },
  );
}
