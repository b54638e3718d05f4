import { type Command, Option } from 'commander';
import { isSimulated } from '../../coordinator/run/simulated.ts';
import { readRun } from '../../coordinator/store/read-run.ts';
import { statusOf } from '../../coordinator/store/run-status.ts';
import { ENGINE_NAMES } from '../../engines/create.ts';
import { LocalRun, type RunJobOptions } from '../../launch/run-job.ts';
import { command, PROGRAM } from '../../shared/text/command.ts';
import { UsageError } from '../errors.ts';
import { hostAndPort, RUNS, WORKERS, wholeNumber } from '../options.ts';
import { jobOf } from '../participant-needs.ts';
import { resumeCommand } from '../resume-command.ts';
import { type RunPlace, runPlace } from '../run-place.ts';
import { PARTICIPANTS_ENDED } from '../run-view.ts';
import { follow } from './run.ts';

export function register(program: Command): void {
  program
    .command('resume')
    .summary('go on with a run that was stopped or died')
    .description(
      `Goes on with a run from its last commit, on this machine. Refuses when the job file was changed since, and shows the difference. (For workers on other machines: ${command('coordinator', '--resume', 'RUN')}.)`,
    )
    .argument('<run>', `the run's id, or its folder: ${command('runs')} lists them`)
    .option('--workers <n>', 'worker processes', wholeNumber(1), WORKERS)
    .option('--threads <n>', 'threads of each worker (default: the cores, shared out)', wholeNumber(1))
    .addOption(new Option('--engine <name>', 'what computes').choices([...ENGINE_NAMES]).default('cpu'))
    .option('--runs <folder>', 'folder of all runs', RUNS)
    .option('--metrics <host:port>', 'address for /metrics (Prometheus) and /healthz', hostAndPort)
    .addHelpText('after', `\nExample:\n  ${PROGRAM} resume digits-20260101-120000-1a2b\n`)
    .action((given: string, options: RunJobOptions & { readonly runs: string }) => {
      const place = runPlace(given, options.runs);
      refuseParticipants(place);
      const { id, runs } = place;
      return follow(new LocalRun(undefined, { ...options, runs, resume: id }), { ...options, runs });
    });
}

/** Workers on this machine have no rows. */
function refuseParticipants({ id, runs, directory }: RunPlace): void {
  const reader = readRun(directory);
  try {
    const { run } = reader;
    // One that was simulated is refused where runs are opened, with what to do.
    if (isSimulated(directory) || jobOf(run.jobText)?.data.heldBy === undefined) return;
    const back =
      statusOf(directory, run) === 'interrupted'
        ? 'Participants that still run come back to it by themselves, at the same address.'
        : PARTICIPANTS_ENDED;
    throw new UsageError(
      `${id} trains on rows that participants hold, and resume starts workers, which have none. Go on with\n` +
        `    ${resumeCommand(reader, runs)}\n  ${back}`,
    );
  } finally {
    reader.close();
  }
}
