import { DataError } from '../shared/data/data-error.ts';

/** @throws DataError when there is none */
export function joinedRows(
  rows: readonly Float32Array[],
  width: number,
  file: string,
): { values: Float32Array; count: number } {
  if (rows.length === 0) throw new DataError('There is no row.', { file });
  const values = new Float32Array(rows.length * width);
  for (const [index, row] of rows.entries()) values.set(row, index * width);
  return { values, count: rows.length };
}
