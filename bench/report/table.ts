import Table from 'cli-table3';
import type { Row } from '../row.ts';
import { cells, HEAD } from './cells.ts';

/** The table that is printed. */
export function tableOf(rows: readonly Row[]): string {
  const table = new Table({ head: [...HEAD], style: { head: [], border: [] }, wordWrap: true });
  for (const row of rows) table.push([...cells(row)]);
  return table.toString();
}
