import { dirname } from 'node:path';
import { RUNS } from './options.ts';

/** How a command names a run: its id, and the folder of all runs where that is not the usual one. */
export function namedRun(id: string, runs: string): readonly string[] {
  return runs === RUNS ? [id] : [id, '--runs', runs];
}

/** The same for the folder of one run. */
export function namedByFolder(id: string, directory: string): readonly string[] {
  return namedRun(id, dirname(directory));
}
