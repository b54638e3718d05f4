import { existsSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { DATABASE } from '../coordinator/store/read-run.ts';

/** Where a run lies that a command was given. */
export interface RunPlace {
  readonly id: string;
  /** Folder of all runs. */
  readonly runs: string;
  /** The run's own. */
  readonly directory: string;
}

/** The folder of a run by its id, or by that folder's own path; undefined where there is none. */
export function runFolder(given: string, runs: string): string | undefined {
  return [given, join(runs, given)].find((folder) => existsSync(join(folder, DATABASE)));
}

/**
 * The run that a command was given, by its id or its folder; one that is not there as it was written.
 *
 * @param runs folder of all runs
 */
export function runPlace(given: string, runs: string): RunPlace {
  const sought = basename(given) === given ? join(runs, given) : given;
  const directory = runFolder(given, runs) ?? sought;
  const whole = resolve(directory);
  const id = basename(whole);
  // Of a folder that is not called by its name, as '.', the one around it is not to be read off the path.
  return { id, runs: dirname(basename(directory) === id ? directory : whole), directory };
}
