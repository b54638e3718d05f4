import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** In the folder of a simulated run; a job file can be run either way. */
export const SIMULATED = 'simulated';

/** Whether the run in this folder had virtual participants. */
export function isSimulated(directory: string): boolean {
  return existsSync(join(directory, SIMULATED));
}
