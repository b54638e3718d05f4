import { type Command, InvalidArgumentError, Option } from 'commander';
import { ENGINE_NAMES, type EngineName } from '../../engines/create.ts';
import type { PartitionJob } from '../../shared/data/partition/registry.ts';
import { parsePartition, partitionForms } from '../../shared/job/partition-text.ts';
import { type ProfileJob, profileSchema } from '../../shared/job/profile-schema.ts';
import { PROGRAM } from '../../shared/text/command.ts';
import { simulate } from '../../simulation/simulate.ts';
import { exitCodeOf } from '../exit-codes.ts';
import { RUNS, runId, wholeNumber } from '../options.ts';
import { SimulationScreen } from '../simulation-screen.ts';

const PROFILES = ['none', 'phones', 'sites'];

interface Options {
  readonly clients?: number;
  readonly partition?: PartitionJob;
  readonly profile?: string;
  readonly rounds?: number;
  readonly days?: number;
  readonly engines?: number;
  readonly threads: number;
  readonly engine: EngineName;
  readonly runs: string;
  readonly run?: string;
}

export function register(program: Command): void {
  program
    .command('simulate')
    .summary('train a federated job with virtual participants')
    .description(
      'Trains a job of data that members hold with virtual participants on this machine: the coordinator, messages and training of a real run, in virtual time. Options go before the job file’s section `simulation`. The same job gives the same weights, bit for bit, whatever the engines.',
    )
    .argument('<job>', 'job file (YAML) with a section simulation')
    .option('--clients <n>', 'virtual participants', wholeNumber(1))
    .option('--partition <how>', `how rows are dealt: ${partitionForms.join(', ')}`, partitionOf)
    .addOption(new Option('--profile <name>', 'what participants are like').choices(PROFILES))
    .option('--rounds <n>', 'rounds', wholeNumber(1))
    .option('--days <n>', 'virtual days after which the run ends', days)
    .option('--engines <n>', 'engines that compute side by side (default: one for each core)', wholeNumber(1))
    .option('--threads <n>', 'threads of each engine', wholeNumber(1), 1)
    .addOption(new Option('--engine <name>', 'what computes').choices([...ENGINE_NAMES]).default('cpu'))
    .option('--runs <folder>', 'folder of all runs', RUNS)
    .option('--run <id>', 'id of the new run (default: of the job and the time)', runId)
    .addHelpText(
      'after',
      `\nExample:\n  ${PROGRAM} simulate examples/federated-digits/job.yaml --clients 1000 --partition dirichlet:0.3\n`,
    )
    .action((job: string, options: Options) => run(job, options));
}

async function run(job: string, { profile, run: id, ...options }: Options): Promise<void> {
  const simulation = simulate(job, {
    ...options,
    ...(id && { id }),
    ...(profile && { profile: profileSchema.parse(profile) as ProfileJob }),
  });
  const screen = new SimulationScreen();
  simulation.on('opened', (facts) => screen.opened(facts));
  simulation.on('waiting', (reason) => screen.waits(reason));
  simulation.on('round', (round, progress) => screen.reported(round, progress));
  simulation.on('evaluated', (evaluation) => screen.evaluated(evaluation));
  simulation.on('exported', (model) => screen.exported(model));
  simulation.on('warning', (text) => screen.warned(text));
  simulation.on('finished', (result) => screen.finished(result));
  const stop = (): void => simulation.stop();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, stop);
  try {
    const { outcome } = await simulation.done;
    process.exitCode = exitCodeOf(outcome);
    screen.end();
    // There is no report of it: without this the command would end without a word.
    if (outcome.reason === 'failed') process.stderr.write(`error: ${outcome.message}\n`);
  } finally {
    screen.end();
  }
}

function partitionOf(text: string): PartitionJob {
  try {
    return parsePartition(text);
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
}

function days(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value <= 3650)) {
    throw new InvalidArgumentError(`'${text}' is no number of days between 0 and 3650.`);
  }
  return value;
}
