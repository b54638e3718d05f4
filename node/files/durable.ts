import { constants, readSync } from 'node:fs';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { writingTo } from './full-disk.ts';

/** Ends the name of a file that is being written; what bears it after a crash can be removed. */
export const PARTIAL = '.partial';

/**
 * Writes a file so that after a crash, at any moment, there is either all of it or nothing: into a partial file, fsync,
 * rename, fsync of the directory (T. Pillai et al., "All file systems are not created equal", OSDI 2014). When it
 * fails, the partial file is removed.
 *
 * @param path nothing may be there yet, or it is replaced.
 * @returns what `write` returns, once it is durable.
 */
export async function writeDurably<T>(path: string, write: (file: FileHandle) => Promise<T>): Promise<T> {
  const partial = `${path}${PARTIAL}`;
  try {
    const file = await open(partial, 'w', 0o644);
    let result: T;
    try {
      result = await writingTo(dirname(path), async () => {
        const written = await write(file);
        await file.sync();
        return written;
      });
    } finally {
      await file.close();
    }
    await rename(partial, path);
    await syncDirectory(dirname(path));
    return result;
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
}

/** Makes the names in a directory durable. Windows has no such call, and orders them by itself. */
export async function syncDirectory(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const directory = await open(path, constants.O_RDONLY);
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

/** Writes all of the bytes at the end of the file; a short write is continued. */
export async function writeAll(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, at, bytes.length - at);
    at += bytesWritten;
  }
}

/** Fills `bytes` from the current position; returns how many were there. */
export async function readAll(file: FileHandle, bytes: Uint8Array): Promise<number> {
  let at = 0;
  while (at < bytes.length) {
    const { bytesRead } = await file.read(bytes, at, bytes.length - at, null);
    if (bytesRead === 0) break;
    at += bytesRead;
  }
  return at;
}

/** Fills `bytes` from a position of an open file; returns how many were there. */
export function readAllAt(descriptor: number, bytes: Uint8Array, position: number): number {
  let at = 0;
  while (at < bytes.length) {
    const count = readSync(descriptor, bytes, at, bytes.length - at, position + at);
    if (count === 0) break;
    at += count;
  }
  return at;
}
