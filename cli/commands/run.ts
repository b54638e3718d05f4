import { existsSync, readFileSync } from 'node:fs';
import { type Command, Option } from 'commander';
import { ENGINE_NAMES } from '../../engines/create.ts';
import {
  LocalRun,
  RunFailedError,
  type RunJobEvents,
  type RunJobMessage,
  type RunJobOptions,
} from '../../launch/run-job.ts';
import { command, PROGRAM } from '../../shared/text/command.ts';
import { UsageError } from '../errors.ts';
import { exitCodeOf, exitCodeOfSignal } from '../exit-codes.ts';
import { dataWord } from '../join-command.ts';
import { hostAndPort, RUNS, WORKERS, wholeNumber } from '../options.ts';
import { jobOf } from '../participant-needs.ts';
import { localAgain } from '../resume-command.ts';
import { RunScreen } from '../run-screen.ts';

export function register(program: Command): void {
  program
    .command('run')
    .summary('train a job on this machine')
    .description(
      `Trains a job with one coordinator and several worker processes on this machine. A process that dies is started again; Ctrl-C commits what is there and ends, and ${command('resume')} goes on.`,
    )
    .argument('<job>', 'job file (YAML)')
    .option('--workers <n>', 'worker processes', wholeNumber(1), WORKERS)
    .option('--threads <n>', 'threads of each worker (default: the cores, shared out)', wholeNumber(1))
    .addOption(new Option('--engine <name>', 'what computes').choices([...ENGINE_NAMES]).default('cpu'))
    .option('--runs <folder>', 'folder of all runs', RUNS)
    .option('--metrics <host:port>', 'address for /metrics (Prometheus) and /healthz', hostAndPort)
    .addHelpText('after', `\nExample:\n  ${PROGRAM} run examples/digits/job.yaml --workers 2\n`)
    .action((job: string, options: RunJobOptions) => {
      refuseParticipants(job);
      return follow(new LocalRun(job, options), options);
    });
}

/** Its workers have no rows: the run would wait for ever. What else is wrong with the file the coordinator says. */
function refuseParticipants(file: string): void {
  const job = existsSync(file) ? jobOf(readFileSync(file, 'utf8')) : undefined;
  if (job?.data.heldBy === undefined) return;
  throw new UsageError(
    `${file} trains on rows that participants hold (data.held-by: members), and run starts workers, which have none.\n` +
      `  Start ${command('coordinator', file)} and join it with the command that it prints: ${PROGRAM} participate … --data ${dataWord(job.data.format.type)}`,
  );
}

/** All of them: the compiler finds one that is missing. */
const EVENTS = Object.keys({
  surveying: true,
  surveyed: true,
  opened: true,
  member: true,
  waiting: true,
  round: true,
  evaluated: true,
  committed: true,
  update: true,
  restarted: true,
  warning: true,
  preparing: true,
  prepared: true,
  working: true,
  exported: true,
  took: true,
  finished: true,
} satisfies Record<keyof RunJobEvents, true>) as (keyof RunJobEvents)[];

/** Shows a run until it ends. */
export async function follow(run: LocalRun, options: RunJobOptions): Promise<void> {
  const screen = new RunScreen((at) => localAgain(options, at));
  for (const event of EVENTS) run.on(event, (...values) => screen.show({ event, values } as RunJobMessage));
  let interrupted: NodeJS.Signals | undefined;
  const stop = (signal: NodeJS.Signals): void => {
    interrupted = signal;
    run.stop();
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  // A terminal that is closed.
  process.once('SIGHUP', stop);
  try {
    const outcome = await run.done;
    process.exitCode = exitCodeOf(outcome);
    screen.end();
    // There is no report of it: without this the command would end without a word.
    if (outcome.reason === 'failed') process.stderr.write(`error: ${outcome.message}\n`);
  } catch (error) {
    const isBefore = error instanceof RunFailedError && error.exitCode === exitCodeOfSignal('SIGTERM');
    if (interrupted === undefined || !isBefore) throw error;
    // It ended the coordinator before that had anything to end in good order.
    screen.end();
    process.stderr.write('interrupted before the run began\n');
    process.exitCode = exitCodeOfSignal(interrupted);
  } finally {
    screen.end();
  }
}
