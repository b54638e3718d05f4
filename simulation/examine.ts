import { dataHints } from '../coordinator/run/data-hints.ts';
import { tryOut } from '../coordinator/run/examine.ts';
import type { Job } from '../shared/job/job.ts';
import { jobErrorOf } from '../shared/job/parse.ts';
import { dealtRows, participantFaults } from './dealt-rows.ts';
import { requireSource, simulated } from './simulation-job.ts';

/** What a simulation would begin with. */
export interface ExaminedSimulation {
  readonly clients: number;
  /** Of them, those to whom the partition deals no row: they take no part. */
  readonly empty: number;
  /** Rows that the participants hold, all together. */
  readonly rows: number;
  /** Rows that the coordinator evaluates with. */
  readonly heldOut: number;
  /** What is right, and most likely not what was meant. */
  readonly hints: readonly string[];
}

/**
 * Deals the rows of a job's section `simulation` as `tributary simulate` would, and keeps nothing of it.
 *
 * @param text of the job file, for the lines that an error shows
 * @throws JobError at its line: what cannot be simulated; DataError of the rows
 */
export async function examineSimulation(job: Job, file: string, text: string): Promise<ExaminedSimulation> {
  const asked = simulated(job, {}, file, text);
  requireSource(asked, file, text);
  return tryOut(asked, file, async (description, scratch) => {
    const { partition } = await dealtRows(description, { file, text, changes: {} }, scratch);
    const sizes = partition.clients.map(({ length }) => length);
    return {
      clients: sizes.length,
      empty: sizes.filter((size) => size === 0).length,
      rows: sizes.reduce((sum, size) => sum + size, 0),
      heldOut: description.manifest.test.rows,
      hints: dataHints(asked, description.data),
    };
  });
}

/**
 * Of the section what can be told without its rows.
 *
 * @throws JobError at its line
 */
export function examineSection(job: Job, file: string, text: string): void {
  const clients = job.simulation?.clients;
  const faults = clients === undefined ? [] : participantFaults(job, clients);
  if (faults.length > 0) throw jobErrorOf(text, file, faults);
}
