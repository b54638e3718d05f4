import { type Box, chart, WIDE, xAxis } from './chart.ts';
import { count, short } from './format.ts';
import { html, type Markup, px } from './markup.ts';
import { linear } from './scale.ts';

export interface Bar {
  readonly name: string;
  /** Rows of each group. */
  readonly parts: ArrayLike<number>;
}

export interface Group {
  readonly name: string;
  /** Its colour: a class of the style sheet. */
  readonly colour: string;
}

const LONGEST_NAME = 18;

/** A bar for each client, of its rows by group: readable for up to a hundred. */
export function stackedBars(bars: readonly Bar[], groups: readonly Group[], label: string): Markup {
  const row = bars.length <= 25 ? 26 : bars.length <= 50 ? 17 : 13;
  const thick = Math.round(row * 0.78);
  const longest = bars.reduce((most, { name }) => Math.max(most, [...name].length), 0);
  const box: Box = {
    left: 22 + 7 * Math.min(longest, LONGEST_NAME),
    right: WIDE - 70,
    top: 4,
    bottom: 4 + row * bars.length,
  };
  const total = ({ parts }: Bar) => Array.from(parts).reduce((sum, part) => sum + part, 0);
  const x = linear([0, Math.max(1, ...bars.map(total))], [box.left, box.right], { wanted: 8 });
  const whole = { ...x, ticks: x.ticks.filter(Number.isInteger) };
  const grid = whole.ticks.map(
    (tick) =>
      html`<line class="grid" x1="${px(x.at(tick))}" x2="${px(x.at(tick))}" y1="${box.top}" y2="${box.bottom}"/>`,
  );
  const drawn = bars.map((bar, index) => {
    const top = box.top + index * row + (row - thick) / 2;
    const baseline = px(box.top + (index + 0.5) * row + 4);
    let start = 0;
    const segments = Array.from(bar.parts, (part, group) => {
      if (part === 0) return '';
      const [from, to] = [x.at(start), x.at(start + part)];
      start += part;
      const { name, colour } = groups[group]!;
      return html`<rect class="segment ${colour}" x="${px(from)}" y="${px(top)}" width="${px(Math.max(0.5, to - from))}" height="${thick}"><title>${
        bar.name
      }: ${count(part)} of ${name}</title></rect>`;
    });
    return html`<text class="name" x="${box.left - 8}" y="${baseline}" text-anchor="end">${short(
      bar.name,
      LONGEST_NAME,
    )}</text>${segments}<text x="${px(x.at(start) + 6)}" y="${baseline}">${count(start)}</text>`;
  });
  return chart(WIDE, box.bottom + 42, label, [...grid, ...drawn, xAxis(whole, box, count, 'rows')]);
}
