import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { isAlive } from '../../node/files/is-alive.ts';

/**
 * Which process a number stands for: numbers come again, in a container that is started again always the same ones. Of the boot of the
 * machine and the time since it that the process began at (field 22, https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html).
 *
 * @returns undefined where the system has no such file, or does not show it
 */
function markOf(pid: number): string | undefined {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name of the program, in brackets, may hold anything.
    const begun = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
    return createHash('sha256').update(`${boot} ${begun}`).digest('hex').slice(0, 16);
  } catch {
    return undefined;
  }
}

/** Where the system does not tell, at least of other processes that had this one's number. */
const OWN_MARK = markOf(process.pid) ?? randomBytes(8).toString('hex');

/** Folders are this machine's or container's: another one may share the cache, and knows nothing of the processes here. */
function hostPrefix(): string {
  return `weights-${hostname().replace(/[^A-Za-z0-9]/g, '_')}-`;
}

/** What the names of this process's folders begin with. */
export function ownPrefix(): string {
  return `${hostPrefix()}${process.pid}-${OWN_MARK}-`;
}

/** Removes what processes left that were killed. */
export async function sweep(cache: string): Promise<void> {
  const prefix = hostPrefix();
  for (const name of await readdir(cache)) {
    const rest = name.startsWith(prefix) ? name.slice(prefix.length) : '';
    // Older versions wrote no mark.
    const [, pid, mark] = /^(\d+)-(?:([0-9a-f]{16})-)?/.exec(rest) ?? [];
    if (pid !== undefined && !isTheirs(Number(pid), mark))
      await rm(join(cache, name), { recursive: true, force: true });
  }
}

/** Whether the process that made it is still there. */
function isTheirs(pid: number, mark: string | undefined): boolean {
  if (pid === process.pid) return mark === OWN_MARK;
  if (!isAlive(pid)) return false;
  const now = markOf(pid);
  return mark === undefined || now === undefined || mark === now;
}
