import { type Box, chart, WIDE } from './chart.ts';
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
}

/** Below this part of the full colour a cell looks like the background. */
const VISIBLE = 0.01;
const LONGEST_NAME = 18;
/** Pixels that a letter takes, at most. */
const LETTER = 7;

/** Shares as strength of colour: a column for each client or group of clients, a row for each class. */
export function heatMap({ rows, columns, cells, full, title, under = [], label }: HeatMap): Markup {
  const longest = rows.reduce((most, name) => Math.max(most, [...name].length), 0);
  const height = rows.length <= 12 ? 24 : 14;
  const left = 22 + 7 * Math.min(longest, LONGEST_NAME);
  const box: Box = { left, right: WIDE - 10, top: 4, bottom: 4 + height * rows.length };
  const width = (box.right - box.left) / columns.length;
  const names = rows.map(
    (name, row) =>
      html`<text class="name" x="${left - 8}" y="${px(box.top + (row + 0.5) * height + 4)}" text-anchor="end">${short(
        name,
        LONGEST_NAME,
      )}</text><line class="grid" x1="${left}" x2="${box.right}" y1="${box.top + row * height}" y2="${box.top + row * height}"/>`,
  );
  // Drawn a little wider than they are, lest the background shines through between two of them.
  const drawn = cells.map((column, index) =>
    rows.map((name, row) =>
      column[row]! < VISIBLE * full
        ? ''
        : html`<rect class="accent" x="${px(left + index * width)}" y="${box.top + row * height + 1}" width="${px(width + 0.25)}" height="${
            height - 1
          }" fill-opacity="${strength(column[row]! / full)}"><title>${columns[index]}: ${percent(column[row]!)} ${name}</title></rect>`,
    ),
  );
  const below = under.map(
    (name, index) =>
      html`<text class="name" x="${px(left + (index + 0.5) * width)}" y="${box.bottom + 16}" text-anchor="middle">${short(
        name,
        Math.floor((width - 6) / LETTER),
      )}</text>`,
  );
  const foot = under.length > 0 ? 34 : 18;
  return chart(WIDE, box.bottom + foot + 8, label, [
    ...names,
    ...below,
    ...drawn.flat(),
    html`<line class="axis" x1="${left}" x2="${box.right}" y1="${box.bottom}" y2="${box.bottom}"/><text x="${box.right}" y="${
      box.bottom + foot
    }" text-anchor="end">${title}</text>`,
  ]);
}

/** Opacity; a little more than in proportion, so that small shares are seen. */
function strength(part: number): number {
  return Number((Math.min(1, part) ** 0.75).toPrecision(2));
}
