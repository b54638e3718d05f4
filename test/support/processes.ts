import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from './digits.ts';

/** The command line as it is installed: `npm run build` makes it. */
const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

/** Workers keep fetched rows here, and not where the user's are. */
const CACHE = temporaryFolder();

/** Enough for a machine that is busy with much else: what is waited for here ends by itself, or hangs. */
const DEADLINE_MS = 240_000;

export interface End {
  /** null when a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ProcessOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

const running = new Set<TributaryProcess>();

/** A process of the command line, whose output is kept. */
export class TributaryProcess {
  stdout = '';
  stderr = '';
  /** Resolves when it has ended and its output is complete. */
  readonly ended: Promise<End>;
  private readonly child: ChildProcess;
  private readonly changed = new Set<() => void>();
  private isOver = false;

  constructor(
    readonly args: readonly string[],
    { cwd, env }: ProcessOptions = {},
  ) {
    this.child = spawn(process.execPath, [MAIN, ...args], {
      cwd,
      env: { ...process.env, NO_COLOR: '1', XDG_CACHE_HOME: CACHE, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    running.add(this);
    for (const name of ['stdout', 'stderr'] as const) {
      this.child[name]!.setEncoding('utf8').on('data', (text: string) => {
        this[name] += text;
        this.wake();
      });
    }
    this.ended = new Promise((resolve) => {
      this.child.on('close', (code, signal) => {
        this.isOver = true;
        running.delete(this);
        this.wake();
        resolve({ code, signal, stdout: this.stdout, stderr: this.stderr });
      });
    });
  }

  get pid(): number {
    return this.child.pid!;
  }

  /**
   * Resolves with the first match in what it has printed so far or prints from now on.
   *
   * @throws Error with all of its output when it ends, or the time is over, without one
   */
  async saw(pattern: RegExp, withinMs = DEADLINE_MS): Promise<RegExpExecArray> {
    const deadline = Date.now() + withinMs;
    for (;;) {
      const found = pattern.exec(this.stdout) ?? pattern.exec(this.stderr);
      if (found) return found;
      if (this.isOver || Date.now() >= deadline) {
        const why = this.isOver ? 'ended' : `waited ${withinMs} ms`;
        throw new Error(`${this} ${why} without printing ${pattern}:\n${this.stdout}\n${this.stderr}`);
      }
      await this.change(deadline - Date.now());
    }
  }

  /** Resolves when it has ended. @throws Error with its output when it does not in time; it is killed then. */
  async end(withinMs = DEADLINE_MS): Promise<End> {
    const timer = new AbortController();
    const late = pause(withinMs, undefined, { signal: timer.signal }).catch(() => undefined);
    const end = await Promise.race([this.ended, late]);
    timer.abort();
    if (end) return end;
    killTree(this.pid);
    throw new Error(`${this} did not end within ${withinMs} ms:\n${this.stdout}\n${this.stderr}`);
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  toString(): string {
    return `tributary ${this.args.join(' ')}`;
  }

  private change(withinMs: number): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.changed.delete(done);
        resolve();
      };
      const timer = setTimeout(done, withinMs);
      this.changed.add(done);
    });
  }

  private wake(): void {
    for (const done of [...this.changed]) done();
  }
}

/** Starts the command line. Call `killAll` when the test is over. */
export function tributary(args: readonly string[], options?: ProcessOptions): TributaryProcess {
  return new TributaryProcess(args, options);
}

/** Kills what is still running of the processes that were started here, with their children. */
export async function killAll(): Promise<void> {
  const left = [...running];
  for (const { pid } of left) killTree(pid);
  await Promise.all(left.map(({ ended }) => ended));
}

/** A process first, so that it starts none anew; then its descendants. */
function killTree(pid: number): void {
  const parents = parentsOfAll();
  for (const queue = [pid]; queue.length > 0; ) {
    const next = queue.shift()!;
    for (const [child, parent] of parents) if (parent === next) queue.push(child);
    try {
      process.kill(next, 'SIGKILL');
    } catch {
      // It has ended by itself.
    }
  }
}

/** Parents of all processes, by process id. */
function parentsOfAll(): Map<number, number> {
  if (!existsSync('/proc/self/stat')) {
    const table = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' });
    const rows = table.trim().split('\n');
    return new Map(rows.map((row) => row.trim().split(/\s+/).map(Number) as [number, number]));
  }
  const parents = new Map<number, number>();
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      // pid (name) state ppid …: the name may hold anything.
      const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)!.split(' ');
      parents.set(Number(pid), Number(fields[1]));
    } catch {
      // It ended meanwhile.
    }
  }
  return parents;
}

/** Bytes of a process's memory that are resident; undefined where /proc is not. */
export function residentBytes(pid: number): number | undefined {
  try {
    const kilobytes = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return kilobytes === undefined ? undefined : Number(kilobytes) * 1024;
  } catch {
    return undefined;
  }
}

/** What a coordinator prints for its workers. */
export interface JoinCommand {
  readonly token: string;
  readonly address: string;
  /** Undefined: plaintext. */
  readonly fingerprint: string | undefined;
}

/** A coordinator's join command, once it listens. */
export async function joinCommandOf(coordinator: TributaryProcess): Promise<JoinCommand> {
  const pattern =
    /TRIBUTARY_TOKEN=(\S+) npx tributary-ml (?:worker|participate) --join (\S+) (?:--fingerprint (\S+)|--insecure)(?: --data (?:YOUR.csv|YOUR.txt|FOLDER))?$/m;
  const [, token, address, fingerprint] = await coordinator.saw(pattern);
  return { token: token!, address: address!, fingerprint };
}

/** A worker that joins as the command says. */
export function worker(
  { token, address, fingerprint }: JoinCommand,
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): TributaryProcess {
  const trust = fingerprint === undefined ? ['--insecure'] : ['--fingerprint', fingerprint];
  const join = ['--join', address, ...trust, '--threads', '1'];
  return tributary(['worker', ...join, ...args], { env: { TRIBUTARY_TOKEN: token, ...env } });
}
