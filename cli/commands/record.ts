import type { Command } from 'commander';
import { StoreError } from '../../coordinator/store/store-error.ts';
import { type RecordEntry, readRecord } from '../../launch/participate/record.ts';
import { type KnownRun, knownRuns } from '../../launch/participate/run-state.ts';
import { plain } from '../../shared/onnx/inspect/plain.ts';
import { PROGRAM, command as toType } from '../../shared/text/command.ts';
import { stateFolder } from '../options.ts';
import { bytes, count } from '../ui/numbers.ts';
import { table } from '../ui/table.ts';
import { when } from './runs.ts';

/** Updates shown; --json has all. */
const MOST_ROWS = 40;

interface RecordOptions {
  readonly state: string;
  readonly json?: boolean;
}

export function register(program: Command): void {
  program
    .command('record')
    .summary('what this machine sent as a participant')
    .description(
      'Shows what participate recorded: who was asked for what, who agreed, every update that left this machine with its SHA-256, and what was refused. Without a run it lists all of them.',
    )
    .argument('[run]', "the run's id")
    .option('--state <folder>', 'where participate keeps its records', stateFolder())
    .option('--json', 'every line, as JSON')
    .addHelpText(
      'after',
      `\nExamples:\n  ${PROGRAM} record\n  ${PROGRAM} record digits-20260101-120000-1a2b\n`,
    )
    .action(show);
}

async function show(run: string | undefined, options: RecordOptions): Promise<void> {
  const known = await knownRuns(options.state);
  if (run === undefined) return void process.stdout.write(`${await list(known, options.state)}\n`);
  const found = known.filter((one) => one.run === run);
  if (found.length === 0) {
    const runs = known.map((one) => plain(one.run)).join(', ') || 'there are none';
    throw new StoreError(
      'not-found',
      `No record of the run ${run} is in ${options.state}. Runs there: ${runs}.`,
    );
  }
  for (const one of found) {
    const { entries, unreadable } = await readRecord(one.recordFile);
    if (options.json) {
      for (const entry of entries) process.stdout.write(`${JSON.stringify(entry)}\n`);
    } else process.stdout.write(`${renderRecord(one, entries, unreadable).join('\n')}\n`);
  }
}

async function list(known: Awaited<ReturnType<typeof knownRuns>>, state: string): Promise<string> {
  if (known.length === 0) return `Nobody took part in a run from here (${state}).`;
  const rows = await Promise.all(
    known.map(async ({ run, name, coordinator, since, recordFile }) => {
      const { entries } = await readRecord(recordFile);
      const sent = entries.filter((entry) => entry.event === 'sent');
      const total = sent.reduce((sum, entry) => sum + entry.bytes, 0);
      return [
        plain(run),
        plain(name),
        coordinator,
        when(Date.parse(since)),
        String(sent.length),
        bytes(total),
      ];
    }),
  );
  const last = known.at(-1)!.run;
  return `${table(['run', 'name', 'coordinator', 'since', 'sent', 'bytes'], rows)}\n\nNext:\n  ${toType('record', last)}`;
}

/** A run's record for people: a table of what left, then what did not. */
export function renderRecord(
  { run, name, coordinator, member, since }: KnownRun,
  entries: readonly RecordEntry[],
  unreadable: number,
): string[] {
  const sent = entries.filter((entry) => entry.event === 'sent');
  const total = sent.reduce((sum, entry) => sum + entry.bytes, 0);
  const rows = outcomes(entries).slice(-MOST_ROWS);
  const hidden = sent.length - rows.length;
  return [
    `${plain(run)} (${plain(name)}): participant ${member} of ${coordinator} since ${when(Date.parse(since))}`,
    ...entries.flatMap(happened),
    `  ${sent.length} answers were sent, ${bytes(total)} of updates`,
    ...(rows.length > 0
      ? table(['time', 'round', 'work', 'rows', 'bytes', 'sums', 'SHA-256', 'became'], rows).split('\n')
      : []),
    ...(hidden > 0 ? [`(${hidden} earlier ones: --json)`] : []),
    ...(unreadable > 0 ? [`${unreadable} lines could not be read: a crash may have cut off the last`] : []),
  ];
}

function outcomes(entries: readonly RecordEntry[]): string[][] {
  const rows: string[][] = [];
  const open = new Map<string, string[]>();
  for (const entry of entries) {
    if (entry.event === 'sent') {
      const row = [
        ...[when(Date.parse(entry.time)), roundOf(entry), WORK[entry.work] ?? plain(entry.work)],
        ...[count(entry.examples), entry.bytes > 0 ? bytes(entry.bytes) : 'sums only'],
        ...[sumsText(entry.sums), entry.bytes > 0 ? `${entry.sha256.slice(0, 12)}…` : '', 'no answer'],
      ];
      open.set(entry.assignment, row);
      rows.push(row);
    } else if (entry.event === 'answered' || entry.event === 'failed') {
      const row = open.get(entry.assignment);
      if (row) row[row.length - 1] = entry.event === 'answered' ? plain(entry.status) : 'failed';
    }
  }
  return rows;
}

/** From 1; an evaluation is of the weights that the rounds before it gave. */
function roundOf({ work, round }: Extract<RecordEntry, { event: 'sent' }>): string {
  if (work === 'own') return String(round + 1);
  return work === 'survey' ? '' : `after ${round}`;
}

function sumsText(sums: readonly string[]): string {
  const shown = sums.slice(0, 3).map(plain).join(', ');
  return sums.length > 3 ? `${shown} and ${sums.length - 3} more` : shown;
}

const WORK: Readonly<Record<string, string>> = {
  own: 'training',
  'evaluate-own': 'evaluation',
  survey: 'survey',
};

function happened(entry: RecordEntry): string[] {
  const at = `  ${when(Date.parse(entry.time))}`;
  switch (entry.event) {
    case 'agreed':
      return [`${at}  agreed to the ${entry.asked === 'train' ? 'training' : 'survey'}, by ${BY[entry.by]}`];
    case 'refused':
      return [`${at}  refused by ${plain(entry.by)}: ${plain(entry.reason)}`];
    case 'left':
      return [`${at}  left: ${plain(entry.reason)}`];
    case 'failed':
      return [`${at}  failed: ${plain(entry.message)}`];
    default:
      return [];
  }
}

const BY = { person: 'a person', '--yes': '--yes' } as const;
