import { resolve } from 'node:path';

/** No space left on the device, or in the user's share of it. */
const FULL: readonly unknown[] = ['ENOSPC', 'EDQUOT'];

/**
 * Writes to a folder. Node's error of a write, unlike that of an open, has no path: of a full disk it does not say which.
 *
 * @throws what `write` throws; that a disk is full with the folder as its `path`, unless it has one
 */
export async function writingTo<T>(folder: string, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    const { code, path } = error as NodeJS.ErrnoException;
    if (FULL.includes(code) && path === undefined) Object.assign(error as Error, { path: resolve(folder) });
    throw error;
  }
}
