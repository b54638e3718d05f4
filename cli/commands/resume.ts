import { type Command, Option } from 'commander';
import { ENGINE_NAMES } from '../../engines/create.ts';
import { LocalRun, type RunJobOptions } from '../../launch/run-job.ts';
import { hostAndPort, RUNS, wholeNumber } from '../options.ts';
import { follow } from './run.ts';

export function register(program: Command): void {
  program
    .command('resume')
    .summary('go on with a run that was stopped or died')
    .description(
      'Goes on with a run from its last commit, on this machine. Refuses when the job file was changed since, and shows the difference. (For workers on other machines: tributary coordinator --resume RUN.)',
    )
    .argument('<run>', "the run's id: tributary runs lists them")
    .option('--workers <n>', 'worker processes', wholeNumber(1), 2)
    .option('--threads <n>', 'threads of each worker (default: the cores, shared out)', wholeNumber(1))
    .addOption(new Option('--engine <name>', 'what computes').choices([...ENGINE_NAMES]).default('cpu'))
    .option('--runs <folder>', 'folder of all runs', RUNS)
    .option('--metrics <host:port>', 'address for /metrics (Prometheus) and /healthz', hostAndPort)
    .addHelpText('after', '\nExample:\n  tributary resume digits-20260101-120000-1a2b\n')
    .action((id: string, options: RunJobOptions) =>
      follow(new LocalRun(undefined, { ...options, resume: id })),
    );
}
