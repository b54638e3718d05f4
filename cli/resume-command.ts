import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { isSimulated } from '../coordinator/run/simulated.ts';
import type { RunReader } from '../coordinator/store/read-run.ts';
import type { RunFacts } from '../launch/coordinate.ts';
import type { RunJobOptions } from '../launch/run-job.ts';
import { writeSecret } from '../node/secrets.ts';
import { command } from '../shared/text/command.ts';
import { LISTEN, WORKERS } from './options.ts';
import { jobOf } from './participant-needs.ts';
import { namedByFolder, namedRun } from './shell.ts';

/** Options of `coordinator` that the next start needs as well. */
export interface KeptOptions {
  readonly listen: string;
  readonly websocket?: string;
  readonly metrics?: string;
  readonly advertise?: string;
  readonly joinFile?: string;
  readonly minimum?: number;
  readonly insecure?: boolean;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly log?: string;
}

/** Where the run was listened on. */
type At = Pick<RunFacts, 'run' | 'directory' | 'address' | 'websocket'>;

/** In the run's folder: the options that its coordinator was started with, for commands that do not see it. */
const FILE = 'coordinator-options.json';
const words = z.array(z.string());

/** What to type to go on with a run, as its coordinator was started. */
export function coordinatorAgain(options: KeptOptions, at: At): string {
  const named = namedByFolder(at.run, at.directory);
  return command('coordinator', '--resume', ...named, ...again(options, at, (path) => path));
}

/** The same for a run on this machine. */
export function localAgain(options: RunJobOptions, { run, directory }: At): string {
  const { workers = WORKERS, threads, engine = 'cpu', metrics } = options;
  return command(
    'resume',
    ...namedByFolder(run, directory),
    ...[
      ...(workers === WORKERS ? [] : ['--workers', String(workers)]),
      ...(threads === undefined ? [] : ['--threads', String(threads)]),
      ...(engine === 'cpu' ? [] : ['--engine', engine]),
      ...(metrics ? ['--metrics', metrics] : []),
    ],
  );
}

/** Keeps the options for `runs`, `show` and `resume`, also where the coordinator is killed. */
export async function keepOptions(options: KeptOptions, at: At): Promise<void> {
  await writeSecret(join(at.directory, FILE), JSON.stringify(again(options, at, (path) => resolve(path))));
}

/**
 * What to type to go on with a run that is in the store.
 *
 * @param runs folder of all runs
 */
export function resumeCommand(
  { run, directory }: Pick<RunReader, 'run' | 'directory'>,
  runs: string,
): string {
  if (isSimulated(directory)) return command('simulate', 'JOB.yaml');
  const named = namedRun(run.id, runs);
  if (jobOf(run.jobText)?.data.heldBy === undefined) return command('resume', ...named);
  return command('coordinator', '--resume', ...named, ...keptOptions(directory));
}

function keptOptions(directory: string): readonly string[] {
  const file = join(directory, FILE);
  return existsSync(file) ? words.parse(JSON.parse(readFileSync(file, 'utf8'))) : [];
}

/** @param path how paths are written: they may be read where another folder is the current one */
function again(options: KeptOptions, at: At, path: (path: string) => string): string[] {
  const { metrics, advertise, joinFile, minimum, insecure, tlsCert, tlsKey, log = 'auto' } = options;
  const listen = withPort(options.listen, at.address);
  const websocket = options.websocket && withPort(options.websocket, at.websocket ?? '');
  return [
    ...(listen === LISTEN ? [] : ['--listen', listen]),
    ...(websocket ? ['--websocket', websocket] : []),
    ...(metrics ? ['--metrics', metrics] : []),
    ...(advertise ? ['--advertise', advertise] : []),
    ...(joinFile ? ['--join-file', path(joinFile)] : []),
    ...(minimum === undefined ? [] : ['--minimum', String(minimum)]),
    ...(insecure ? ['--insecure'] : []),
    ...(tlsCert && tlsKey ? ['--tls-cert', path(tlsCert), '--tls-key', path(tlsKey)] : []),
    ...(log === 'auto' ? [] : ['--log', log]),
  ];
}

/** Port 0 took a free one: those who joined look for the coordinator there. */
function withPort(asked: string, taken: string): string {
  return asked.endsWith(':0') ? asked.replace(/0$/, taken.slice(taken.lastIndexOf(':') + 1)) : asked;
}
