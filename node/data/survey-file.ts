import { type SurveySums, SurveyTable } from '../../shared/data/survey.ts';
import type { TableJob } from '../../shared/data/table-job.ts';
import { readable, readCsv } from './csv-rows.ts';

/**
 * The sums over a table's rows that a survey asks for.
 *
 * @throws DataError with line and column of the first fault
 */
export async function surveyFile(job: TableJob, file: string): Promise<SurveySums> {
  await readable(file);
  const table = new SurveyTable(job, file);
  await readCsv(file, job.format.delimiter, (fields, line) => table.record(fields, line));
  return table.result();
}
