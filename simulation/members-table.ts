import { dirname, join, resolve } from 'node:path';
import type { RunDescription } from '../coordinator/run/description.ts';
import { DATA } from '../coordinator/run/prepare.ts';
import { ingest } from '../node/data/ingest.ts';
import { declaredBy } from '../shared/data/declared.ts';
import { type Partition, partition } from '../shared/data/partition/partition.ts';
import type { PartitionData } from '../shared/data/partition/partitioner.ts';
import type { DataJob, SimulationJob } from '../shared/job/job.ts';
import { loadTable, type SharedTable } from './engines/shared-table.ts';
import { partitionData } from './participants/partition-data.ts';

/** The rows of all participants, and whose they are. */
export interface MembersTable {
  readonly members: SharedTable;
  /** The coordinator's rows, where they are another table. */
  readonly heldOut: SharedTable | undefined;
  readonly data: PartitionData;
  readonly partition: Partition;
}

/**
 * Reads the rows that the participants hold, and deals them.
 *
 * @param runs folder of all runs
 * @throws DataError, PartitionError: what is wrong with rows or partition
 */
export async function membersTable(
  description: Pick<RunDescription, 'job' | 'manifest' | 'data'>,
  simulation: SimulationJob,
  jobFile: string,
  runs: string,
): Promise<MembersTable> {
  const { job, manifest } = description;
  const base = dirname(resolve(jobFile));
  const data: DataJob = { ...job.data, source: simulation.source, test: simulation.heldOut };
  const isApart = job.data.source !== '';
  const directory = isApart
    ? (await ingest(data, base, join(runs, DATA), job.seed, { declared: declaredBy(manifest) })).directory
    : description.data.directory;
  const members = await loadTable(directory);
  const source = { data, file: resolve(base, simulation.source), seed: job.seed };
  const rows = await partitionData(members, simulation.partition, source);
  return {
    members,
    heldOut: isApart ? await loadTable(description.data.directory) : undefined,
    data: rows,
    partition: partition(rows, simulation.partition, { clients: simulation.clients, seed: job.seed }),
  };
}
