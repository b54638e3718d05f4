import { chart, NARROW, xAxis, yAxis } from './chart.ts';
import { count, number } from './format.ts';
import { html, type Markup, px } from './markup.ts';
import type { RoundPoint } from './run-picture.ts';
import { linear } from './scale.ts';

const HEIGHT = 250;
const MOST_COLUMNS = 100;

/** Clients of a round: those that took part below, those that were lost above; means over several rounds where there are many. */
export function participation(rounds: readonly RoundPoint[]): Markup {
  const each = Math.ceil(rounds.length / MOST_COLUMNS);
  const columns = Array.from({ length: Math.ceil(rounds.length / each) }, (_, index) => {
    const members = rounds.slice(index * each, (index + 1) * each);
    const mean = (of: (round: RoundPoint) => number) =>
      members.reduce((sum, round) => sum + of(round), 0) / members.length;
    return {
      first: members[0]!.round,
      last: members.at(-1)!.round,
      took: mean(({ participants }) => participants),
      lost: mean(({ dropped }) => dropped),
    };
  });
  const most = columns.reduce((top, { took, lost }) => Math.max(top, took + lost), 1);
  const box = { left: 62, right: NARROW - 20, top: 12, bottom: HEIGHT - 42 };
  const [first, last] = [columns[0]!.first, columns.at(-1)!.last];
  const x = linear([first, last + 1], [box.left, box.right], { whole: true });
  const y = linear([0, most], [box.bottom, box.top], { wanted: 4 });
  const ticks = x.ticks.filter((tick) => tick <= last);
  return chart(NARROW, HEIGHT, 'Clients of each round that took part, and that were lost', [
    yAxis(y, box, number),
    ...columns.map((column) => {
      const [from, to] = [x.at(column.first), x.at(column.last + 1)];
      const [middle, top] = [y.at(column.took), y.at(column.took + column.lost)];
      const rounds =
        column.first === column.last ? `Round ${column.first}` : `Rounds ${column.first} to ${column.last}`;
      const bar = (colour: string, high: number, low: number) =>
        low - high <= 0
          ? ''
          : html`<rect class="${colour}" x="${px(from)}" width="${px(to - from > 6 ? to - from - 1.2 : to - from + 0.1)}" y="${px(high)}" height="${px(low - high)}"/>`;
      return html`<g><title>${rounds}: ${number(column.took)} took part, ${number(column.lost)} lost</title>${bar(
        'accent',
        middle,
        box.bottom,
      )}${bar('second', top, middle)}</g>`;
    }),
    xAxis({ ...x, ticks }, box, count, 'round'),
  ]);
}
