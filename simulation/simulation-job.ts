import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { PartitionJob } from '../shared/data/partition/registry.ts';
import type { Job } from '../shared/job/job.ts';
import { JobError } from '../shared/job/job-error.ts';
import { jobErrorOf } from '../shared/job/parse.ts';
import type { ProfileJob } from '../shared/job/profile-schema.ts';

/** What of a job a simulation may change, as the command line's options do. */
export interface JobChanges {
  readonly clients?: number;
  readonly partition?: PartitionJob;
  readonly profile?: ProfileJob;
  readonly rounds?: number;
  /** Virtual days after which the run ends. */
  readonly days?: number;
}

/**
 * That the rows of the participants are there: what they are read from is a path of the job file, which has a line for it.
 *
 * @param text of the job file, for the line that the error shows
 * @throws JobError at its line
 */
export function requireSource({ data, simulation }: Job, file: string, text: string): void {
  if (data.source !== '' || !simulation) return;
  const place = resolve(dirname(file), simulation.source);
  if (existsSync(place)) return;
  const message = `there is no such file or folder: ${place}`;
  const allowed = ['a path from the folder of the job file'];
  throw jobErrorOf(text, file, [{ path: ['simulation', 'source'], message, allowed }]);
}

/**
 * The job as it is simulated. It commits when it evaluates, and at its end: a run that can be done again with the same result need not
 * be safe after every round, and virtual time would make a commit of every few milliseconds.
 *
 * @param text of the job file, for the lines that an error shows
 * @throws JobError when it is no job of data that members hold, or names no rows for them
 */
export function simulated(job: Job, changes: JobChanges, file: string, text: string): Job {
  const { clients, partition, profile, rounds, days } = changes;
  const section = job.simulation;
  if (!section) {
    const message = job.data.heldBy
      ? 'the job names no rows for virtual participants: give it a section simulation, with a source'
      : 'the job trains on rows of the coordinator’s: only jobs with data.held-by: members are simulated';
    const key = job.data.heldBy ? 'simulation' : 'data.held-by';
    throw new JobError(file, text, [
      { line: 1, column: 1, length: 1, path: key, message, found: 'nothing', allowed: [] },
    ]);
  }
  return {
    ...job,
    rounds: rounds ?? job.rounds,
    checkpoint: { ...job.checkpoint, rounds: Number.MAX_SAFE_INTEGER, seconds: Number.MAX_SAFE_INTEGER },
    simulation: {
      ...section,
      clients: clients ?? section.clients,
      partition: partition ?? section.partition,
      profile: profile ?? section.profile,
      days: days ?? section.days,
    },
  };
}
