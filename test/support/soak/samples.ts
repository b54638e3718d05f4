import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { residentBytes } from '../processes.ts';

/** What was seen of one process at one moment. */
export interface Sample {
  /** Milliseconds since the beginning. */
  readonly at: number;
  readonly process: string;
  /** Bytes. */
  readonly resident: number;
  /** Open file descriptors. */
  readonly descriptors: number;
  /** By how many milliseconds its event loop was late at most since the sample before. */
  readonly lateMs: number;
}

/** Where the kernel says what a process holds. */
export const HAS_PROC = existsSync('/proc/self/fd');

/** Environment of processes whose event loop is watched. */
export function probed(folder: string): Readonly<Record<string, string>> {
  const probe = fileURLToPath(new URL('probe.mjs', import.meta.url));
  return { NODE_OPTIONS: `--import ${probe}`, TRIBUTARY_SOAK_PROBE: folder };
}

/** Looks at processes again and again. */
export class Sampler {
  readonly samples: Sample[] = [];
  private readonly startedAt = performance.now();
  /** Lines of each process's delays that were read. */
  private readonly read = new Map<number, number>();

  /** @param folder where the probes write */
  constructor(private readonly folder: string) {}

  /** @throws Error when a process is gone */
  look(processes: Readonly<Record<string, number>>): void {
    const at = performance.now() - this.startedAt;
    for (const [name, pid] of Object.entries(processes)) {
      const resident = residentBytes(pid);
      if (resident === undefined) throw new Error(`${name} is gone`);
      const descriptors = readdirSync(`/proc/${pid}/fd`).length;
      this.samples.push({ at, process: name, resident, descriptors, lateMs: this.late(pid) });
    }
  }

  private late(pid: number): number {
    const file = join(this.folder, `${pid}.delays`);
    if (!existsSync(file)) return 0;
    const lines = readFileSync(file, 'utf8').trim().split('\n');
    const fresh = lines.slice(this.read.get(pid) ?? 0).map(Number);
    this.read.set(pid, lines.length);
    return Math.max(0, ...fresh);
  }
}
