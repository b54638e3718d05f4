import type { Command } from 'commander';
import { isSimulated } from '../../coordinator/run/simulated.ts';
import { listRuns, type RunSummary } from '../../coordinator/store/list-runs.ts';
import { isSurvey } from '../../coordinator/store/read-run.ts';
import { command, PROGRAM } from '../../shared/text/command.ts';
import { RUNS } from '../options.ts';
import { resumeCommand } from '../resume-command.ts';
import { namedRun } from '../shell.ts';
import { metricsWithin, outputWidth } from '../ui/fit-metrics.ts';
import { widthOf } from '../ui/paint.ts';
import { table } from '../ui/table.ts';

export function register(program: Command): void {
  program
    .command('runs')
    .summary('list the runs')
    .description('Lists the runs in a folder, newest first, with their last commit.')
    .option('--runs <folder>', 'folder of all runs', RUNS)
    .option('--json', 'as JSON')
    .addHelpText('after', `\nExample:\n  ${PROGRAM} runs\n`)
    .action((options: { readonly runs: string; readonly json?: boolean }) => {
      const runs = listRuns(options.runs);
      process.stdout.write(
        options.json ? `${JSON.stringify(runs.map(facts), undefined, 2)}\n` : text(runs, options.runs),
      );
    });
}

/** Without the job's text, which `show` has. */
function facts({ directory, run, status, latest, metrics }: RunSummary): object {
  const { jobText: _, ...rest } = run;
  return { directory, ...rest, status, latest, metrics };
}

function text(runs: readonly RunSummary[], folder: string): string {
  if (runs.length === 0) {
    return `There are no runs in ${folder}. ${startOne(folder)} starts one.\n`;
  }
  const { lines, left } = fitted(runs, outputWidth());
  const missing = left.length > 0 ? `Too wide for this line: ${left.join(', ')}. --json has them.\n` : '';
  const interrupted = runs.find(({ status }) => status === 'interrupted');
  const hint = interrupted ? `\nInterrupted: ${goOn(interrupted, folder)}\n` : '';
  return `${lines}\n${missing}${hint}`;
}

const COLUMNS: Readonly<Record<string, (summary: RunSummary) => string>> = {
  run: ({ run }) => run.id,
  status: ({ status }) => status,
  started: ({ run }) => when(run.createdAt),
  round: ({ latest }) => (latest ? String(latest.round) : '-'),
};
/** What a narrow line goes without, and in which order: a run that names itself has its job and when it started in its name. */
const DISPENSABLE = ['started', 'round', 'metrics'];

/** A table that is no wider than the line, as far as names allow, and what it goes without. */
function fitted(runs: readonly RunSummary[], width: number) {
  for (let count = 0; ; count++) {
    const left = DISPENSABLE.slice(0, count);
    const shown = Object.entries(COLUMNS).filter(([name]) => !left.includes(name));
    const head = shown.map(([name]) => name);
    const rows = runs.map((run) => shown.map(([, text]) => text(run)));
    if (count === DISPENSABLE.length) return { lines: table(head, rows), left };
    // What the other columns, and the frame of this one, leave of the line.
    const room = width - widthOf(table(head, rows).split('\n')[0] ?? '') - 3;
    const metrics = runs.map(({ metrics: known }) => metricsWithin(known, room));
    if (Math.max('metrics'.length, ...metrics.map(widthOf)) > room) continue;
    return {
      lines: table(
        [...head, 'metrics'],
        rows.map((row, at) => [...row, metrics[at]!]),
      ),
      left,
    };
  }
}

function goOn(summary: RunSummary, folder: string): string {
  const again = resumeCommand(summary, folder);
  if (isSimulated(summary.directory)) {
    return `the simulation is gone. It is done again, with the same result:\n  ${again}`;
  }
  const from = isSurvey(summary.run) ? 'with the answers that are here' : 'from the last commit';
  return `the coordinator is gone. To go on ${from}:\n  ${again}`;
}

function startOne(folder: string): string {
  return command('run', ...namedRun('JOB.yaml', folder));
}

/** `2026-01-31 12:00`, in local time. */
export function when(instant: number): string {
  const date = new Date(instant);
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${two(date.getHours())}:${two(date.getMinutes())}`;
}
