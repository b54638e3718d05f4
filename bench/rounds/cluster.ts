import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type {
  CoordinatorConfig,
  CoordinatorMessage,
  Listening,
  Measured,
  MembersConfig,
} from './messages.ts';

/** Of each participant's own. */
const ROWS = 100;

/** A cluster that takes longer than this has stopped. */
const PATIENCE_MS = 180_000;

export interface ClusterOptions extends Omit<CoordinatorConfig, 'folder'> {
  /** Where its temporary folder is made. */
  readonly folder: string;
}

/** Runs a coordinator's process and two processes of fake members to the end of the job. */
export async function runCluster({ folder, ...options }: ClusterOptions): Promise<Measured> {
  const own = mkdtempSync(join(folder, 'cluster-'));
  const children: ChildProcess[] = [];
  try {
    return await new Promise<Measured>((resolve, reject) => {
      const timer = setTimeout(() => {
        reject(
          new Error(`a cluster of ${options.members} members did not end within ${PATIENCE_MS / 1000} s`),
        );
      }, PATIENCE_MS);
      let measured: Measured | undefined;
      const start = (script: string, config: object, heard: (message: CoordinatorMessage) => void): void => {
        const child = fork(fileURLToPath(new URL(script, import.meta.url)), [JSON.stringify(config)], {
          execArgv: profiling(script),
        });
        children.push(child);
        child.on('message', (message) => heard(message as CoordinatorMessage));
        child.once('error', reject);
        child.once('exit', (code, signal) => {
          if (code !== 0) reject(new Error(`${script} ended with ${signal ?? `code ${code}`}`));
          if (children.some(({ exitCode, signalCode }) => exitCode === null && signalCode === null)) return;
          clearTimeout(timer);
          if (measured) resolve(measured);
          else reject(new Error('the coordinator ended without a measurement'));
        });
      };
      const coordinator: CoordinatorConfig = { ...options, folder: own };
      start('./coordinator-process.js', coordinator, (message) => {
        if (message.type === 'measured') measured = message;
        else
          for (const config of membersOf(options, message)) start('./members-process.js', config, () => {});
      });
    });
  } finally {
    for (const child of children) child.kill('SIGKILL');
    rmSync(own, { recursive: true, force: true });
  }
}

/** The members, in two processes. */
function membersOf(
  { members, wire, up, participants, lean, websockets = 0 }: Omit<ClusterOptions, 'folder'>,
  coordinator: Listening,
): MembersConfig[] {
  const { address, fingerprint, token, layout } = coordinator;
  const common = { fingerprint, token, layout, up: up ?? wire, lean, ...(participants && { rows: ROWS }) };
  if (websockets > 0) {
    return [
      { ...common, address, count: members - websockets },
      { ...common, address: coordinator.websocket!, count: websockets, websocket: true },
    ];
  }
  const half = Math.ceil(members / 2);
  return [half, members - half].filter((count) => count > 0).map((count) => ({ ...common, address, count }));
}

/** With BENCH_PROFILE=FOLDER each process leaves a .cpuprofile there. */
function profiling(script: string): string[] {
  const folder = process.env['BENCH_PROFILE'];
  if (!folder) return [];
  const name = `${script.replace(/^\.\/|\.js$/g, '')}-${process.hrtime.bigint()}.cpuprofile`;
  return ['--cpu-prof', `--cpu-prof-dir=${folder}`, `--cpu-prof-name=${name}`];
}
