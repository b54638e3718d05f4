import { readSync } from 'node:fs';
import type { Declared } from '../../shared/data/declared.ts';
import type { TableJob } from '../../shared/data/table-job.ts';
import { heldOutTable, splitTable, tableRows } from '../../shared/data/table-rows.ts';
import type { RowSource } from '../../shared/data/write-blocks.ts';
import { scan } from './scan.ts';
import type { TableSource } from './table-source.ts';
import { readTokens } from './text-column.ts';
import type { Place } from './tokenizer-file.ts';

export interface TableOptions {
  /** Classes and words that are known beforehand. */
  readonly declared?: Declared | undefined;
  /** All rows are for evaluation. */
  readonly heldOut?: 'all' | undefined;
}

/**
 * A table as rows: a seeded, class-stratified split, training rows first.
 *
 * @param place where a tokenizer is found and written, if the features are text
 * @param spool file descriptor, for features in the file's order: four bytes each
 * @throws DataError with line and column of the first fault
 */
export async function readTable(
  job: TableJob,
  source: TableSource,
  place: Place,
  spool: number,
  seed: number,
  { declared, heldOut }: TableOptions = {},
): Promise<RowSource> {
  const scanned = await scan(job, source, spool, declared);
  const split = heldOut === 'all' ? heldOutTable(scanned) : splitTable(job, source.name, scanned, seed);
  const tokens = job.tokens && (await readTokens(job, job.tokens, source, place, spool, scanned, split));
  const read = (index: number, row: Float32Array | Int32Array): void => {
    readSync(spool, row, 0, row.byteLength, index * row.byteLength);
  };
  return tableRows(job, scanned, split, read, { tokens, declared });
}
