import { bestText } from './best-text.ts';
import { bar } from './chart.ts';
import { ranked } from './fit-metrics.ts';
import { bytes, count, duration, metric } from './numbers.ts';
import { type Paint, pad, plainPaint, widthOf } from './paint.ts';
import { spreadOf, spreadText, withoutSpread } from './spread.ts';
import { sideways, table } from './table.ts';
import type { RunReport } from './view.ts';
import { worstLines } from './worst-classes.ts';

const HEADLINES: Readonly<Record<RunReport['reason'], string>> = {
  completed: 'Done',
  'early-stopping': 'Done: nothing improved any more',
  stopped: 'Stopped',
  diverged: 'Diverged',
};

/** What a run has come to: results, the worst classes, where the time went, what to type next. */
export function renderReport(report: RunReport, width = 80, paint: Paint = plainPaint): string {
  const good = report.reason === 'completed' || report.reason === 'early-stopping';
  const headline = (good ? paint.green : paint.yellow)(HEADLINES[report.reason]);
  const message = report.message ? `: ${report.message}` : '';
  return [
    `${paint.bold(headline)}${message}`,
    results(report, width, paint),
    ...spread(report),
    ...measured(report, paint),
    ...best(report),
    ...worst(report, width, paint),
    ...phases(report, width, paint),
    ...model(report, paint),
    ...(report.note ? [`\n${report.note}`] : []),
    ...(report.next.length > 0
      ? [`\nNext:\n${report.next.map((line) => `  ${paint.cyan(line)}`).join('\n')}`]
      : []),
  ].join('\n');
}

function results(report: RunReport, width: number, paint: Paint): string {
  const metrics = withoutSpread(report.metrics);
  const cells: [string, string][] = [
    ...ranked(Object.keys(metrics)).map((name): [string, string] => [name, metric(name, metrics[name]!)]),
    ...times(report),
    ['rounds', count(report.rounds)],
    ['sent', bytes(report.bytes.sent)],
    ['received', bytes(report.bytes.received)],
  ];
  const head = cells.map(([name]) => paint.dim(name));
  const values = [cells.map(([, value]) => value)];
  const wide = table(head, values);
  return wide.split('\n').every((line) => widthOf(line) <= width) ? wide : sideways(head, values);
}

function times({ seconds, virtualSeconds }: RunReport): [string, string][] {
  if (virtualSeconds === undefined) return [['time', duration(seconds)]];
  return [
    ['virtual time', duration(virtualSeconds)],
    ['time on this machine', duration(seconds)],
  ];
}

/** Fairness is a figure: how those fare whose rows the model fits worst. */
function spread({ metrics }: RunReport): string[] {
  const found = spreadOf(metrics);
  return found ? [spreadText(found)] : [];
}

/** Of which weights the metrics are, where it is not the weights that the run ended with. */
function measured({ reason, metrics, versions }: RunReport, paint: Paint): string[] {
  if (reason === 'completed' || Object.keys(metrics).length === 0) return [];
  const { measured: of, committed } = versions;
  if (of === undefined) return [];
  const last = committed === undefined || committed === of ? '' : `; the last commit is version ${committed}`;
  return [paint.dim(`The metrics are those of version ${of}${last}.`)];
}

function best({ best: found }: RunReport): string[] {
  return found ? [bestText(found.of, found.counted).replace('best', 'Best')] : [];
}

function model({ model: file, best: found }: RunReport, paint: Paint): string[] {
  if (!file) return [];
  return [`\nThe model: ${paint.bold(file)}`, ...(found ? [paint.dim(`It is ${which(found)}.`)] : [])];
}

function which({ of, exported }: NonNullable<RunReport['best']>): string {
  if (of.version === exported) return 'the best and the last';
  return `version ${exported}, the last, which export takes by default`;
}

function worst({ classes }: RunReport, width: number, paint: Paint): string[] {
  const lines = worstLines(classes, width, paint);
  return lines.length === 0 ? [] : ['', ...lines];
}

function phases(report: RunReport, width: number, paint: Paint): string[] {
  const entries = Object.entries(report.phases);
  const total = entries.reduce((sum, [, seconds]) => sum + seconds, 0);
  if (!(total > 0)) return [];
  const nameWidth = Math.max(...entries.map(([name]) => name.length));
  const barWidth = Math.max(8, Math.min(30, width - nameWidth - 24));
  return [
    `\n${paint.bold('Where the time went')}`,
    ...entries.map(([name, seconds]) => {
      const share = seconds / total;
      const percent = `${(share * 100).toFixed(1)} %`.padStart(7);
      return `  ${pad(name, nameWidth)}  ${paint.cyan(bar(share, barWidth))} ${percent}  ${duration(seconds)}`;
    }),
  ];
}
