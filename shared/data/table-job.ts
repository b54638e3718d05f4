import type { DataJob } from '../job/data-job.ts';

/** A job whose data is a table. */
export type TableJob = DataJob & {
  readonly format: { readonly type: 'csv'; readonly header: boolean; readonly delimiter: string };
};

export function isTable(job: DataJob): job is TableJob {
  return job.format.type === 'csv';
}
