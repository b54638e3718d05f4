import { bar, sparkline } from './chart.ts';
import { bytes, count, duration, metric } from './numbers.ts';
import { cut, type Paint, pad, plainPaint, widthOf } from './paint.ts';
import { spreadText } from './spread.ts';
import type { MemberRow, Progress, RunView } from './view.ts';

/** More members than this are summed up in a line. */
const MOST_MEMBERS = 8;
const NARROWEST = 40;

/**
 * The live screen of a run: pure, one string a line, none wider than `width` columns.
 *
 * @param width columns of the terminal
 */
export function renderRun(view: RunView, width: number, paint: Paint = plainPaint): string[] {
  const columns = Math.max(NARROWEST, width);
  return [
    ...header(view, columns, paint),
    '',
    ...members(view, columns, paint),
    '',
    ...progress(view, columns, paint),
    ...view.notices.map((notice) => paint.dim(cut(notice, columns))),
  ];
}

function header(view: RunView, width: number, paint: Paint): string[] {
  const { data } = view;
  const facts = [
    view.participants
      ? heldByParticipants(data.test)
      : `${count(data.training)} rows, ${count(data.test)} held out`,
    `${count(view.parameters)} parameters`,
    view.strategy,
  ];
  const title = cut(view.job, width);
  const rest = width - widthOf(title) - 2;
  const run = rest > 12 ? `  ${paint.dim(cut(view.run, rest))}` : '';
  return [`${paint.bold(title)}${run}`, cut(facts.join(' · '), width)];
}

function heldByParticipants(test: number): string {
  return test > 0 ? `rows of participants, ${count(test)} held out here` : 'rows of participants';
}

function members({ members: rows, crowd, participants }: RunView, width: number, paint: Paint): string[] {
  if (crowd !== undefined) return [cut(crowd, width)];
  if (rows.length === 0) return [paint.yellow(participants ? 'no participants yet' : 'no members yet')];
  const shown = rows.slice(0, MOST_MEMBERS);
  const wide = (text: (row: MemberRow) => string, most: number) =>
    Math.min(most, Math.max(...shown.map((row) => widthOf(text(row)))));
  const threads = (row: MemberRow) => `${row.threads} thr`;
  const speed = ({ fetched, speed: examples }: MemberRow) => {
    if (fetched) return `${bytes(fetched.bytes)} of ${bytes(fetched.of)}`;
    return examples === undefined ? '' : `${count(examples)}/s`;
  };
  const stateWidth = Math.max(
    7,
    wide((row) => row.state, 9),
  );
  const nameWidth = wide((row) => row.name, Math.floor(width / 3));
  const threadsWidth = wide(threads, 8);
  const speedWidth = wide(speed, 20);
  const engineWidth = Math.max(
    0,
    Math.min(
      wide((row) => row.engine, 40),
      width - nameWidth - threadsWidth - speedWidth - stateWidth - 8,
    ),
  );
  const lines = shown.map((row) => {
    const state = { working: paint.green, preparing: paint.yellow, idle: paint.dim, away: paint.red }[
      row.state
    ];
    const cells = [
      pad(cut(row.name, nameWidth), nameWidth),
      paint.dim(pad(cut(row.engine, engineWidth), engineWidth)),
      pad(threads(row), threadsWidth),
      state(pad(row.state, stateWidth)),
      speed(row).padStart(speedWidth),
    ];
    return cells.join('  ').trimEnd();
  });
  const hidden = rows.slice(MOST_MEMBERS);
  if (hidden.length > 0) {
    const total = hidden.reduce((sum, row) => sum + (row.speed ?? 0), 0);
    const working = hidden.filter((row) => row.state === 'working').length;
    lines.push(cut(`and ${hidden.length} more, ${working} working, ${count(total)}/s`, width));
  }
  return lines;
}

function progress(view: RunView, width: number, paint: Paint): string[] {
  const { progress: now } = view;
  const share = now.rounds > 0 ? now.round / now.rounds : 0;
  const percent = `${Math.floor(share * 100)} %`.padStart(5);
  const left = now.secondsLeft === undefined ? '' : `  ${duration(now.secondsLeft)} left`;
  const barWidth = Math.max(10, Math.min(60, width - percent.length - widthOf(left) - 1));
  const loss = view.losses.length > 1 ? `loss ${sparkline(view.losses, Math.min(60, width - 5))}` : '';
  return [
    ...wrap(progressFacts(now), width),
    `${paint.cyan(bar(share, barWidth))} ${percent}${left}`,
    ...(loss ? [paint.dim(loss)] : []),
    ...(view.waiting ? [paint.yellow(cut(`waiting: ${view.waiting}`, width))] : []),
  ];
}

/** Short facts of where the run is, as `epoch 3/12`, `loss 0.1234`. */
export function progressFacts(now: Progress): string[] {
  return [
    ...(now.epochs === undefined ? [] : [`epoch ${now.epoch}/${now.epochs}`]),
    `round ${now.round}/${now.rounds}`,
    ...(now.loss === undefined ? [] : [`loss ${metric('loss', now.loss)}`]),
    ...(now.metric === undefined ? [] : [`${now.metric.name} ${metric(now.metric.name, now.metric.value)}`]),
    ...(now.spread === undefined ? [] : [spreadText(now.spread)]),
    ...(now.speed === undefined ? [] : [`${count(now.speed)} examples/s`]),
    `${bytes(now.bytes.sent)} sent, ${bytes(now.bytes.received)} received`,
  ];
}

/** Facts in as few lines as the width allows. */
function wrap(facts: readonly string[], width: number): string[] {
  const lines: string[] = [];
  for (const fact of facts) {
    const last = lines.at(-1);
    if (last !== undefined && widthOf(last) + 3 + widthOf(fact) <= width)
      lines[lines.length - 1] = `${last} · ${fact}`;
    else lines.push(cut(fact, width));
  }
  return lines;
}
