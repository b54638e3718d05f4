import { fluidChart, share } from './fluid-chart.ts';
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
/** Pixels for the number behind a bar. */
const COUNT_WIDTH = 48;

/** A bar for each client, of its rows by group: readable for up to a hundred. */
export function stackedBars(bars: readonly Bar[], groups: readonly Group[], label: string): Markup {
  const row = bars.length <= 25 ? 26 : bars.length <= 50 ? 17 : 13;
  const thick = Math.round(row * 0.78);
  const longest = bars.reduce((most, { name }) => Math.max(most, [...name].length), 0);
  const left = 22 + 7 * Math.min(longest, LONGEST_NAME);
  const [top, bottom] = [4, 4 + row * bars.length];
  const total = ({ parts }: Bar) => Array.from(parts).reduce((sum, part) => sum + part, 0);
  const x = linear([0, Math.max(1, ...bars.map(total))], [0, 1], { wanted: 4, whole: true });
  const middle = (index: number) => top + (index + 0.5) * row;
  const grid = x.ticks.map(
    (tick) =>
      html`<line class="grid" x1="${share(x.at(tick))}" x2="${share(x.at(tick))}" y1="${top}" y2="${bottom}"/><text x="${share(x.at(tick))}" y="${bottom + 16}" text-anchor="middle">${count(tick)}</text>`,
  );
  const names = bars.map(
    ({ name }, index) =>
      html`<text class="name" x="${left - 8}" y="${px(middle(index) + 4)}" text-anchor="end">${short(name, LONGEST_NAME)}</text>`,
  );
  const drawn = bars.map((bar, index) => {
    let start = 0;
    const segments = Array.from(bar.parts, (part, group) => {
      if (part === 0) return '';
      const [from, to] = [x.at(start), x.at(start + part)];
      start += part;
      const { name, colour } = groups[group]!;
      return html`<rect class="segment ${colour}" x="${share(from)}" y="${px(middle(index) - thick / 2)}" width="${share(Math.max(0.0005, to - from))}" height="${thick}"><title>${
        bar.name
      }: ${count(part)} of ${name}</title></rect>`;
    });
    return html`${segments}<text x="${share(x.at(start))}" dx="6" y="${px(middle(index) + 4)}">${count(start)}</text>`;
  });
  const axis = html`<line class="axis" x1="0" x2="100%" y1="${bottom}" y2="${bottom}"/><text x="100%" y="${bottom + 34}" text-anchor="end">rows</text>`;
  return fluidChart({
    ...{ label, left, right: COUNT_WIDTH, names, height: bottom + 42 },
    plot: [...grid, ...drawn, axis],
  });
}
