import type { Declared } from '../../shared/data/declared.ts';
import type { TableJob } from '../../shared/data/table-job.ts';
import { type Scan, TableScan } from '../../shared/data/table-scan.ts';
import type { TableSource } from './table-source.ts';
import { writeWhole } from './write-whole.ts';

/**
 * Reads the table once: checks every cell, collects the targets and writes the features to `spool`.
 *
 * @param spool file descriptor, written from the start
 * @param declared classes that are known beforehand: no other is taken, and not all need be there
 * @throws DataError with line and column of the first fault
 */
export async function scan(
  job: TableJob,
  source: TableSource,
  spool: number,
  declared?: Declared,
): Promise<Scan> {
  const table = new TableScan(job, source.name, (rows) => writeWhole(spool, rows), {
    classes: declared?.classes,
    outputs: declared?.outputs,
  });
  await source.read(job.format, (fields, line) => table.record(fields, line));
  return table.result();
}
