import { probeFolder } from '../../node/files/probe-folder.ts';

/**
 * Makes the folder for fetched rows if need be, and tries it. A folder that does not take rows would else be found out with the first
 * assignment, and again with every other one.
 *
 * @throws FolderError saying why it is of no use, and what to do
 */
export async function probeCache(folder: string): Promise<void> {
  const instead = '--cache FOLDER, or XDG_CACHE_HOME for all of them';
  await probeFolder(folder, { holds: 'Fetched rows', instead });
}
