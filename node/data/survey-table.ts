import { type SurveySums, SurveyTable } from '../../shared/data/survey.ts';
import type { TableJob } from '../../shared/data/table-job.ts';
import type { TableSource } from './table-source.ts';

/**
 * The sums over a table's rows that a survey asks for.
 *
 * @throws DataError with line and column of the first fault
 */
export async function surveyTable(job: TableJob, source: TableSource): Promise<SurveySums> {
  const table = new SurveyTable(job, source.name);
  await source.read(job.format, (fields, line) => table.record(fields, line));
  return table.result();
}
