import type { Command } from 'commander';
import { isSimulated } from '../../coordinator/run/simulated.ts';
import { type Past, sumOf } from '../../coordinator/store/lives.ts';
import { isSurvey, type RunReader, readRun } from '../../coordinator/store/read-run.ts';
import { type RunStatus, statusOf } from '../../coordinator/store/run-status.ts';
import type { EvaluationRecord } from '../../coordinator/store/store.ts';
import type { Job } from '../../shared/job/job.ts';
import { command, PROGRAM } from '../../shared/text/command.ts';
import { RUNS } from '../options.ts';
import { jobOf, participantNeeds } from '../participant-needs.ts';
import { resumeCommand } from '../resume-command.ts';
import { runPlace } from '../run-place.ts';
import { namedRun } from '../shell.ts';
import { bestLines, exportLines } from '../show-best.ts';
import { metricsWithin, outputWidth, ranked } from '../ui/fit-metrics.ts';
import { bytes, count, duration, metric } from '../ui/numbers.ts';
import { widthOf } from '../ui/paint.ts';
import { spreadOf, spreadText } from '../ui/spread.ts';
import { table } from '../ui/table.ts';
import { worstLines } from '../ui/worst-classes.ts';
import { when } from './runs.ts';

/** Evaluations shown; --json has all. */
const MOST_EVALUATIONS = 15;

export function register(program: Command): void {
  program
    .command('show')
    .summary('show a run')
    .description(
      'Shows a run: its state, evaluations, checkpoints, and what became of the updates. Changes nothing, also while it is running.',
    )
    .argument('<run>', `the run's id, or its folder: ${command('runs')} lists them`)
    .option('--runs <folder>', 'folder of all runs', RUNS)
    .option('--job', 'print the job file as it was started')
    .option('--json', 'everything, as JSON')
    .addHelpText('after', `\nExample:\n  ${PROGRAM} show digits-20260101-120000-1a2b\n`)
    .action(
      (
        given: string,
        options: { readonly runs: string; readonly job?: boolean; readonly json?: boolean },
      ) => {
        const { runs, directory } = runPlace(given, options.runs);
        const reader = readRun(directory);
        try {
          if (options.job) process.stdout.write(reader.run.jobText);
          else process.stdout.write(options.json ? json(reader) : text(reader, runs));
        } finally {
          reader.close();
        }
      },
    );
}

function json(reader: RunReader): string {
  const { run, directory } = reader;
  const content = {
    directory,
    ...run,
    status: statusOf(directory, run),
    versions: reader.versions(),
    evaluations: reader.evaluations(),
    classes: reader.classes(),
    rounds: reader.rounds(),
    updates: updates(reader),
    lives: reader.lives(),
    ...(isSurvey(run) && { answers: reader.answers() }),
  };
  return `${JSON.stringify(content, undefined, 2)}\n`;
}

function text(reader: RunReader, runs: string): string {
  const { run, directory } = reader;
  const status = statusOf(directory, run);
  const named = namedRun(run.id, runs);
  const job = jobOf(run.jobText);
  const started = run.incarnation + (isSurvey(run) ? 1 : 0);
  const starts = started > 1 ? `, coordinator started ${started} times` : '';
  const lines = [
    `${run.id} (${run.name}): ${status}${run.message ? `: ${run.message}` : ''}`,
    ...goneLine(reader, status),
    `  started ${when(run.createdAt)}${starts}; in ${directory}`,
    ...(isSurvey(run) ? surveyLines(reader) : progressLines(reader, job)),
    ...(job && isJoined(directory, status) ? participantNeeds(job).map((line) => `  ${line}`) : []),
    ...evaluationLines(reader.evaluations(), job?.data.heldBy !== 'members'),
    ...worstLines(reader.classes()?.outputs ?? [], outputWidth()),
    '',
    'Next:',
    // One that runs has no need of it, and would refuse.
    ...(status === 'completed' || status === 'running' || status === 'surveying'
      ? []
      : [`  ${resumeCommand(reader, runs)}`]),
    ...exportLines(reader, job, named),
    `  ${command('show', ...named, '--job')}`,
  ];
  return `${lines.join('\n')}\n`;
}

/** Whether somebody can join it, now or when it is gone on with: not one that is done, nor a simulation. */
function isJoined(directory: string, status: RunStatus): boolean {
  return status !== 'completed' && !isSimulated(directory);
}

function goneLine({ run }: RunReader, status: RunStatus): string[] {
  if (status !== 'interrupted') return [];
  const from = isSurvey(run) ? 'with the answers that are here' : 'from its last commit';
  return [`  its coordinator is gone; it can go on ${from}`];
}

/** Before the first round there is no model, and nothing else to show. */
function surveyLines(reader: RunReader): string[] {
  const answers = reader.answers();
  return [
    `  before its first round: ${count(answers)} ${answers === 1 ? 'participant has' : 'participants have'} answered what the job leaves open`,
  ];
}

function progressLines(reader: RunReader, job: Job | undefined): string[] {
  const versions = reader.versions();
  const latest = versions.at(-1);
  return [
    latest ? commitLine(latest) : '  nothing has been committed yet',
    ...bestLines(reader, job),
    ...spreadLine(reader.evaluations()),
    ...tookLine(sumOf(reader.lives()), isSimulated(reader.directory)),
    `  checkpoints: ${versions.map(({ version }) => version).join(', ') || 'none'}`,
    `  updates: ${updatesText(updates(reader))}`,
  ];
}

/** Of the newest evaluation: how the participants fare that hold their rows. */
function spreadLine(evaluations: readonly EvaluationRecord[]): string[] {
  const spread = spreadOf(evaluations.at(-1)?.metrics ?? {});
  return spread ? [`  ${spreadText(spread)}`] : [];
}

/** Of all lives of the coordinator, up to the last commit of each. */
function tookLine({ seconds, sent, received }: Past, isVirtual: boolean): string[] {
  if (seconds === 0) return [];
  const time = isVirtual ? `${duration(seconds)} of virtual time` : duration(seconds);
  return [`  took ${time}; ${bytes(sent)} sent, ${bytes(received)} received`];
}

function commitLine({ version, round, at, metrics }: ReturnType<RunReader['versions']>[number]): string {
  const line = `  last commit: version ${version} after round ${round}, ${when(at)}`;
  const shown = metricsWithin(metrics, outputWidth() - line.length - 3);
  return shown ? `${line} (${shown})` : line;
}

/** How many updates ended in each status. */
function updates(reader: RunReader): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { status } of reader.books()) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}

function updatesText(counts: Readonly<Record<string, number>>): string {
  const parts = Object.entries(counts).map(([status, number]) => `${count(number)} ${status}`);
  return parts.join(', ') || 'none';
}

/** @param counted whether the run counts epochs */
function evaluationLines(evaluations: readonly EvaluationRecord[], counted: boolean): string[] {
  const shown = evaluations.slice(-MOST_EVALUATIONS);
  if (shown.length === 0) return [];
  const names = ranked([...new Set(shown.flatMap(({ metrics }) => Object.keys(metrics)))]);
  const drawn = (few: readonly string[]): string[] => {
    const rows = shown.map(({ epoch, round, version, metrics }) => [
      ...(counted ? [String(epoch)] : []),
      String(round),
      String(version),
      ...few.map((name) => (metrics[name] === undefined ? '' : metric(name, metrics[name]))),
    ]);
    return table([...(counted ? ['epoch'] : []), 'round', 'version', ...few], rows).split('\n');
  };
  let few = names;
  while (few.length > 1 && widthOf(drawn(few)[0] ?? '') > outputWidth()) few = few.slice(0, -1);
  const unseen = names.length - few.length;
  const earlier = evaluations.length - shown.length;
  return [
    ...drawn(few),
    ...(unseen > 0 ? [`(${unseen} more ${unseen === 1 ? 'metric' : 'metrics'}: --json)`] : []),
    ...(earlier > 0 ? [`(${earlier} earlier ones: --json)`] : []),
  ];
}
