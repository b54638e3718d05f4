import type { RunDescription } from '../coordinator/run/description.ts';
import { PartitionError } from '../shared/data/partition/partition-error.ts';
import type { Fault } from '../shared/job/cross-checks.ts';
import type { Job } from '../shared/job/job.ts';
import { jobErrorOf } from '../shared/job/parse.ts';
import { type MembersTable, membersTable } from './members-table.ts';
import type { JobChanges } from './simulation-job.ts';

/** The job file that is simulated, and what goes before it. */
export interface SimulatedFile {
  readonly file: string;
  readonly text: string;
  readonly changes: JobChanges;
}

/**
 * Deals the rows to the virtual participants, before anything runs: the same for `tributary check` as for `tributary simulate`.
 *
 * @param runs folder of all runs
 * @throws JobError where the job file is to blame, at its line; PartitionError where what goes before it is; DataError of rows
 */
export async function dealtRows(
  description: Pick<RunDescription, 'job' | 'manifest' | 'data'>,
  source: SimulatedFile,
  runs: string,
): Promise<MembersTable> {
  const { job } = description;
  const { file, text, changes } = source;
  const table = await membersTable(description, job.simulation!, file, runs).catch((error: unknown) => {
    if (!(error instanceof PartitionError) || isOfChanges(error, changes)) throw error;
    throw jobErrorOf(text, file, [partitionFault(error, job)]);
  });
  const holders = table.partition.clients.filter(({ length }) => length > 0).length;
  const faults = participantFaults(job, holders);
  if (faults.length > 0) throw jobErrorOf(text, file, faults);
  return table;
}

/** A number of clients that was given beside the file is to blame before the options that are in it. */
function isOfChanges({ fault }: PartitionError, { clients, partition }: JobChanges): boolean {
  return clients !== undefined || (partition !== undefined && fault.at !== 'clients');
}

function partitionFault({ message, fault }: PartitionError, { simulation }: Job): Fault {
  const { at, what, allowed, nearest } = fault;
  const said = {
    message: what ?? `${message.charAt(0).toLowerCase()}${message.slice(1).replace(/\.$/, '')}`,
    ...(allowed && { allowed }),
    ...(nearest !== undefined && { nearest }),
  };
  const { clients, partition } = simulation!;
  if (at === 'clients' && clients === undefined) {
    const path = ['simulation', 'clients'];
    return { path, message: 'missing', allowed: ['how many virtual participants there are'] };
  }
  if (at === 'clients' || at === 'partition') return { path: ['simulation', at], ...said };
  const option = partition.kind === 'column' ? 'name' : at;
  return { path: ['simulation', 'partition', partition.kind, option], ...said };
}

/** What a job asks of more participants than hold rows: a round would never be what it says. */
export function participantFaults({ members }: Job, holders: number): Fault[] {
  const faults: Fault[] = [];
  const there = holders === 1 ? 'one has rows' : `${holders} have rows`;
  const asked = members.selection?.participants;
  if (asked !== undefined && asked > holders) {
    const message = `${asked} participants are asked in each round, and ${there} in the simulation`;
    const allowed = [`1 to ${holders}, or a share below 1`];
    faults.push({ path: ['members', 'selection', 'participants'], message, allowed });
  }
  if (members.minimum > holders) {
    const message = `a round waits for ${members.minimum} participants, and ${there} in the simulation`;
    faults.push({ path: ['members', 'minimum'], message, allowed: [`1 to ${holders}`] });
  }
  return faults;
}
