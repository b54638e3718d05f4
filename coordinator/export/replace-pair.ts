import { randomUUID } from 'node:crypto';
import { lstatSync, renameSync, rmSync } from 'node:fs';

/** A file that was written, and where it belongs. */
interface Move {
  readonly from: string;
  readonly to: string;
}

/**
 * Says what is in the way of files, before there is something to lose.
 *
 * @throws Error EISDIR with the path that is a folder
 */
export function refuseFolders(files: readonly string[]): void {
  const path = files.find((file) => lstatSync(file, { throwIfNoEntry: false })?.isDirectory());
  if (path === undefined) return;
  const message = `EISDIR: a file is to be written at '${path}', which is a folder`;
  throw Object.assign(new Error(message), { code: 'EISDIR', path });
}

/**
 * Puts two files in their places: both, or those are there again that were there before. What was there is set aside first, as an
 * earlier model would refer to weights that are not its own; a process that is killed in between leaves it as `….old`, where nobody
 * removes it. No signal is heard before both are there.
 *
 * @throws Error of the file that cannot be put in its place
 */
export function replacePair(data: Move, model: Move): void {
  refuseFolders([data.to, model.to]);
  const mark = randomUUID().slice(0, 8);
  const done: Move[] = [];
  const aside = [model.to, data.to]
    .filter((file) => lstatSync(file, { throwIfNoEntry: false }) !== undefined)
    .map((to) => ({ from: to, to: `${to}.${mark}.old` }));
  try {
    for (const move of [...aside, data, model]) {
      renameSync(move.from, move.to);
      done.push(move);
    }
  } catch (error) {
    undo(done, error);
    throw error;
  }
  for (const { to } of aside) rmSync(to);
}

function undo(done: readonly Move[], cause: unknown): void {
  try {
    for (const { from, to } of [...done].reverse()) renameSync(to, from);
  } catch (error) {
    // It names the file that the earlier model is in.
    throw Object.assign(error as Error, { cause });
  }
}
