import { fluidChart, share } from './fluid-chart.ts';
import { percent, short } from './format.ts';
import { html, type Markup, px } from './markup.ts';

export interface HeatMap {
  readonly rows: readonly string[];
  /** What a column is, for its tooltip. */
  readonly columns: readonly string[];
  /** [columns][rows], in [0, 1] */
  readonly cells: readonly ArrayLike<number>[];
  /** The share that has the full colour. */
  readonly full: number;
  /** Below the columns, on the right. */
  readonly title: string;
  /** What stands below each column, where there is room for all. */
  readonly under?: readonly string[];
  readonly label: string;
  /** In one column. */
  readonly half?: boolean;
}

/** Below this part of the full colour a cell looks like the background. */
const VISIBLE = 0.01;
const LONGEST_NAME = 18;
/** Pixels that a letter takes, at most. */
const LETTER = 7;
/** Pixels across the picture on a phone, and on a wide screen over one column or both: so much of a name below it is shown. */
const NARROWEST = 250;
const WIDEST = { half: 400, wide: 900 };

/** Shares as strength of colour: a column for each client or group of clients, a row for each class. */
export function heatMap({ rows, columns, cells, full, title, under = [], label, half }: HeatMap): Markup {
  const longest = rows.reduce((most, name) => Math.max(most, [...name].length), 0);
  const height = rows.length <= 12 ? 24 : 14;
  const left = 22 + 7 * Math.min(longest, LONGEST_NAME);
  const [top, bottom] = [4, 4 + height * rows.length];
  const width = 1 / columns.length;
  const names = rows.map(
    (name, row) =>
      html`<text class="name" x="${left - 8}" y="${px(top + (row + 0.5) * height + 4)}" text-anchor="end">${short(
        name,
        LONGEST_NAME,
      )}</text>`,
  );
  const grid = rows.map(
    (_, row) =>
      html`<line class="grid" x1="0" x2="100%" y1="${top + row * height}" y2="${top + row * height}"/>`,
  );
  // Drawn a little wider than they are, lest the background shines through between two of them.
  const drawn = cells.map((column, index) =>
    rows.map((name, row) =>
      column[row]! < VISIBLE * full
        ? ''
        : html`<rect class="accent" x="${share(index * width)}" y="${top + row * height + 1}" width="${share(width * 1.002)}" height="${
            height - 1
          }" fill-opacity="${strength(column[row]! / full)}"><title>${columns[index]}: ${percent(column[row]!)} ${name}</title></rect>`,
    ),
  );
  const room = (pixels: number) => Math.floor((width * pixels - 6) / LETTER);
  const below = under.map((name, index) => {
    const [roomy, tight] = [
      short(name, room(half ? WIDEST.half : WIDEST.wide)),
      short(name, Math.max(1, room(NARROWEST))),
    ];
    const text = (shown: string, where: string) =>
      html`<text class="name${where}" x="${share((index + 0.5) * width)}" y="${bottom + 16}" text-anchor="middle">${shown}</text>`;
    return roomy === tight ? text(roomy, '') : [text(roomy, ' roomy'), text(tight, ' tight')];
  });
  const foot = under.length > 0 ? 34 : 18;
  return fluidChart({
    ...{ label, left, right: 0, names, height: bottom + foot + 8 },
    plot: [
      ...grid,
      ...below.flat(),
      ...drawn.flat(),
      html`<line class="axis" x1="0" x2="100%" y1="${bottom}" y2="${bottom}"/><text x="100%" y="${bottom + foot}" text-anchor="end">${title}</text>`,
    ],
  });
}

/** Opacity; a little more than in proportion, so that small shares are seen. */
function strength(part: number): number {
  return Number((Math.min(1, part) ** 0.75).toPrecision(2));
}
