import { randomUUID } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';

/** A folder cannot be written that somebody named. */
export class FolderError extends Error {
  override readonly name = 'FolderError';

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

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'the permissions do not allow it',
  EPERM: 'the permissions do not allow it',
  EROFS: 'the file system is read-only',
  ENOTDIR: 'a part of the path is no folder',
  EEXIST: 'it is a file, not a folder',
};

/**
 * Makes a folder if need be, for its owner only, and writes a file there that is removed again: what is wrong with it is said at once, and
 * not when there is something to lose.
 *
 * @param words.holds what is kept there, as `Fetched rows`
 * @param words.instead how another folder is named
 * @throws FolderError saying why it is of no use, and what to do
 */
export async function probeFolder(
  folder: string,
  { holds, instead }: { readonly holds: string; readonly instead: string },
): Promise<void> {
  const probe = join(folder, `probe-${randomUUID()}`);
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await writeFile(probe, new Uint8Array(PROBE_BYTES));
  } catch (cause) {
    const { code = '', message } = cause as NodeJS.ErrnoException;
    const where = resolve(folder);
    if (code === 'ENOSPC' || code === 'EDQUOT') {
      const text = `No space is left for ${holds.toLowerCase()} in ${where}. Free some, or name another folder: ${instead}.`;
      throw new FolderError('disk-full', text, { cause });
    }
    const why = REASONS[code] ?? message;
    const text = `${holds} cannot be kept in ${where}: ${why}. Make it writable, or name another folder: ${instead}.`;
    throw new FolderError('unusable', text, { cause });
  } finally {
    await rm(probe, { force: true }).catch(() => undefined);
  }
}
