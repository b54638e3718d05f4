import { randomUUID } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';

/** The folder for fetched rows cannot be written. */
export class CacheError extends Error {
  override readonly name = 'CacheError';

  constructor(
    readonly code: 'disk-full' | 'unusable',
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Enough that a full disk has no room for it: an empty file it may still take. */
const PROBE_BYTES = 1 << 16;

const OTHERS = 'name another folder: tributary worker --cache FOLDER, or XDG_CACHE_HOME for all workers';

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'the permissions do not allow it',
  EPERM: 'the permissions do not allow it',
  EROFS: 'the file system is read-only',
  ENOTDIR: 'a part of the path is no folder',
  EEXIST: 'it is a file, not a folder',
};

/**
 * Makes the folder for fetched rows if need be, and writes a file there that is removed again. A folder that does not take rows would
 * else be found out with the first assignment, and again with every other one.
 *
 * @throws CacheError saying why it is of no use, and what to do
 */
export async function probeCache(folder: string): Promise<void> {
  const probe = join(folder, `probe-${randomUUID()}`);
  try {
    await mkdir(folder, { recursive: true });
    await writeFile(probe, new Uint8Array(PROBE_BYTES));
  } catch (cause) {
    const { code = '', message } = cause as NodeJS.ErrnoException;
    const where = resolve(folder);
    if (code === 'ENOSPC' || code === 'EDQUOT') {
      throw new CacheError(
        'disk-full',
        `No space is left for fetched rows in ${where}. Free some, or ${OTHERS}.`,
        { cause },
      );
    }
    throw new CacheError(
      'unusable',
      `Fetched rows cannot be kept in ${where}: ${REASONS[code] ?? message}. Make it writable, or ${OTHERS}.`,
      { cause },
    );
  } finally {
    await rm(probe, { force: true }).catch(() => undefined);
  }
}
