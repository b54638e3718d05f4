import { createHash, randomUUID } from 'node:crypto';
import { existsSync, readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { isAlive } from './is-alive.ts';

const NAME = /^\.tributary-([0-9a-f]{16})-(\d+)-(\d+)-[0-9a-f-]{36}\.[a-z]+\.tmp$/;
/** Where a process's start cannot be read. */
const UNKNOWN = '0';

/** A name for a file that is being written, by which others can tell whether its writer is still there. */
export function temporaryName(kind: string): string {
  const writer = `${place() ?? 'nowhere'}-${process.pid}-${startOf(process.pid) ?? UNKNOWN}`;
  return `.tributary-${writer}-${randomUUID()}.${kind}.tmp`;
}

/** Whether a file of that name was left by a process that has ended; false wherever that is not certain. */
export function isAbandoned(name: string): boolean {
  const [, where, pid, start] = NAME.exec(name) ?? [];
  if (where === undefined || where !== place()) return false;
  if (!isAlive(Number(pid))) return true;
  // Its number may have been given to another process since.
  const now = startOf(Number(pid));
  return now !== undefined && start !== UNKNOWN && start !== now;
}

/**
 * Where process numbers and starts mean the same: others may see the folder, over a network or from a container of the same name.
 *
 * @returns undefined where it cannot be told
 */
function place(): string | undefined {
  const parts = [hostname()];
  if (process.platform === 'linux') {
    try {
      // /proc may be that of other processes than those that this one can signal.
      if (readlinkSync('/proc/self') !== String(process.pid)) return undefined;
      parts.push(readFileSync('/proc/sys/kernel/random/boot_id', 'utf8'), readlinkSync('/proc/self/ns/pid'));
      // From Linux 5.6.
      if (existsSync('/proc/self/ns/time')) parts.push(readlinkSync('/proc/self/ns/time'));
    } catch {
      return undefined;
    }
  }
  return createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, 16);
}

/** When a process began, in clock ticks since the machine did (proc(5), field 22 of stat); undefined where that is not to be read. */
function startOf(pid: number): string | undefined {
  try {
    // pid (name) state ppid …: the name may hold anything.
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)!.split(' ')[19];
  } catch {
    return undefined;
  }
}
