import { type ChildProcessByStdio, execFile, spawn } from 'node:child_process';
import { createInterface, type Interface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The Python of TRIBUTARY_PYTHON, else `python3`, if it imports torch. */
export async function findPython(): Promise<string | undefined> {
  const command = process.env['TRIBUTARY_PYTHON'] ?? 'python3';
  try {
    await run(command, ['-c', 'import torch']);
    return command;
  } catch {
    return undefined;
  }
}

/** Why a row lacks PyTorch. */
export const NO_TORCH = 'not installed';

/** Where a script of this folder is. */
export function peerScript(script: string): string {
  return fileURLToPath(new URL(script, import.meta.url));
}

/** Runs a script of this folder to its end; its last line is JSON. */
export async function runScript(python: string, script: string, args: readonly string[]): Promise<unknown> {
  const { stdout } = await run(python, [peerScript(script), ...args], { maxBuffer: 1 << 26 });
  return JSON.parse(stdout.trim().split('\n').at(-1)!);
}

/** A program that answers each line with a line of JSON. */
export class ScriptProcess {
  private readonly lines: Interface;
  private readonly answers: AsyncIterator<string>;

  private constructor(private readonly child: ChildProcessByStdio<Writable, Readable, null>) {
    this.lines = createInterface({ input: child.stdout });
    this.answers = this.lines[Symbol.asyncIterator]();
  }

  static start(command: string, args: readonly string[]): ScriptProcess {
    return new ScriptProcess(spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] }));
  }

  /** The next line that the script says. */
  async next(): Promise<unknown> {
    const { value, done } = await this.answers.next();
    if (done) throw new Error(`the script ended early, with code ${this.child.exitCode}`);
    return JSON.parse(value);
  }

  ask(line: string): Promise<unknown> {
    this.child.stdin.write(`${line}\n`);
    return this.next();
  }

  async close(): Promise<void> {
    if (this.child.exitCode !== null) return;
    const ended = new Promise<void>((resolve) => this.child.once('exit', () => resolve()));
    this.child.stdin.end();
    await ended;
    this.lines.close();
  }
}
