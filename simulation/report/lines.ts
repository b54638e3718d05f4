import { chart, NARROW, xAxis, yAxis } from './chart.ts';
import { html, type Markup, px } from './markup.ts';
import { isConstant, linear, rounded } from './scale.ts';

export interface Line {
  /** A class of the style sheet. */
  readonly colour: 'accent' | 'second' | 'third';
  readonly points: readonly (readonly [x: number, y: number])[];
}

export interface LinesOptions {
  readonly label: string;
  readonly title: string;
  readonly formatX: (value: number) => string;
  readonly formatY: (value: number) => string;
  /** Of x, as of rounds: no ticks between them. */
  readonly wholeX?: boolean;
  /** The y axis begins at 0. */
  readonly fromZero?: boolean;
}

const HEIGHT = 250;
/** More points than pixels are not seen. */
const MOST_POINTS = 600;

/** Lines over one axis; points that are not finite are left out. */
export function lines(given: readonly Line[], options: LinesOptions): Markup {
  const drawn = given.map(({ colour, points }) => ({
    colour,
    points: thinned(points.filter(([x, y]) => Number.isFinite(x) && Number.isFinite(y))),
  }));
  const all = drawn.flatMap(({ points }) => points);
  if (all.length === 0) return html`<p>There are no values.</p>`;
  const box = { left: 62, right: NARROW - 20, top: 12, bottom: HEIGHT - 42 };
  const x = linear(range(all.map(([value]) => value)), [box.left, box.right], {
    whole: options.wholeX,
  });
  const [low, high] = range(all.map(([, value]) => value));
  const y = linear(rounded([options.fromZero ? Math.min(0, low) : low, high]), [box.bottom, box.top]);
  return chart(NARROW, HEIGHT, options.label, [
    yAxis(y, box, options.formatY),
    xAxis(x, box, options.formatX, options.title),
    ...drawn.map(({ colour, points }) => {
      const path = points
        .map(([px0, py0], at) => `${at ? 'L' : 'M'}${px(x.at(px0))} ${px(y.at(py0))}`)
        .join('');
      const last = points.at(-1);
      return html`<path class="line ${colour}" d="${path}"/>${
        last
          ? html`<circle class="${colour}" cx="${px(x.at(last[0]))}" cy="${px(y.at(last[1]))}" r="3.5"/>`
          : ''
      }`;
    }),
  ]);
}

/** From the least to the greatest, with room around a single value. */
function range(values: readonly number[]): readonly [number, number] {
  const low = values.reduce((a, b) => Math.min(a, b));
  const high = values.reduce((a, b) => Math.max(a, b));
  if (!isConstant([low, high])) return [low, high];
  return low === 0 ? [0, 1] : [low - Math.abs(low) / 10, high + Math.abs(high) / 10];
}

/** Every k-th point, and the last. */
function thinned<T>(points: readonly T[]): readonly T[] {
  const step = Math.ceil(points.length / MOST_POINTS);
  return points.filter((_, index) => index % step === 0 || index === points.length - 1);
}
