import { rmSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { onEndingSignal } from '../on-ending-signal.ts';
import { isAbandoned, temporaryName } from './temporary-name.ts';

/**
 * Writes beside a file before it is put there. What is left under the temporary names is removed in the end, also where the process ends
 * in between; what earlier processes left that were killed is removed first.
 *
 * @param kinds a temporary file for each: the end of its name
 * @throws what `write` throws; errors of files name what the user named, and no temporary file: the folder, or the file to be replaced
 */
export async function withTemporaries<T, const Kinds extends readonly string[]>(
  file: string,
  kinds: Kinds,
  write: (temporaries: { readonly [Index in keyof Kinds]: string }) => Promise<T>,
): Promise<T> {
  const folder = resolve(dirname(file));
  await sweep(folder);
  const paths = kinds.map((kind) => join(folder, temporaryName(kind)));
  const remove = (): void => {
    for (const path of paths) rmSync(path, { force: true });
  };
  const forget = onEndingSignal(remove);
  process.once('exit', remove);
  try {
    const written = await write(paths as { readonly [Index in keyof Kinds]: string });
    remove();
    return written;
  } catch (error) {
    try {
      remove();
    } catch {
      // What went wrong first is what to mend; it says where, and the next one to write here removes what is left.
    }
    throw named(error, paths, folder);
  } finally {
    forget();
    process.off('exit', remove);
  }
}

/** A folder that cannot be listed may be one to write to; and what cannot be removed is no hindrance. */
async function sweep(folder: string): Promise<void> {
  for (const name of await readdir(folder).catch(() => []))
    if (isAbandoned(name)) await rm(join(folder, name), { force: true }).catch(() => undefined);
}

function named(error: unknown, temporaries: readonly string[], folder: string): unknown {
  const { path, dest, message } = error as NodeJS.ErrnoException & { readonly dest?: string };
  if (path === undefined || !temporaries.includes(path)) return error;
  return Object.assign(error as Error, {
    path: dest ?? folder,
    message: message.replaceAll(path, dest ?? folder),
  });
}
