import type { Declared } from '../../shared/data/declared.ts';
import type { TableJob } from '../../shared/data/table-job.ts';
import { type Scan, TableScan } from '../../shared/data/table-scan.ts';
import { readCsv } from './csv-rows.ts';
import { writeWhole } from './write-whole.ts';

/**
 * Reads the file once: checks every cell, collects the targets and writes the features to `spool`.
 *
 * @param spool file descriptor, written from the start
 * @param declared classes that are known beforehand: no other is taken, and not all need be there
 * @throws DataError with line and column of the first fault
 */
export async function scan(job: TableJob, file: string, spool: number, declared?: Declared): Promise<Scan> {
  const table = new TableScan(job, file, (rows) => writeWhole(spool, rows), {
    classes: declared?.classes,
  });
  await readCsv(file, job.format.delimiter, (fields, line) => table.record(fields, line));
  return table.result();
}
