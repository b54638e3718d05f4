import { chart, NARROW, xAxis, yAxis } from './chart.ts';
import { count } from './format.ts';
import { html, type Markup, px } from './markup.ts';
import { linear, logarithmic } from './scale.ts';

export interface HistogramOptions {
  readonly label: string;
  /** Under the axis: what is counted. */
  readonly title: string;
  readonly format: (value: number) => string;
  /** The axis' ends; those of the values if left out. */
  readonly domain?: readonly [number, number];
  /** Whole numbers, whose bins have whole bounds. */
  readonly whole?: boolean;
  /** Values that a dashed line shows, with their names. */
  readonly marks?: readonly { readonly at: number; readonly name: string }[];
}

const BINS = 24;
const FEWEST = 9;
const HEIGHT = 230;
/** Pixels from the name of one mark to that of the next. */
const MARK = 17;
/** Sizes that differ by more than this are shown on a logarithmic axis. */
const WIDE_RATIO = 50;

/** How many clients have which value; values that are not finite are left out. */
export function histogram(values: ArrayLike<number>, options: HistogramOptions): Markup {
  const finite = Array.from(values).filter(Number.isFinite);
  if (finite.length === 0) return html`<p>There are no values.</p>`;
  const bounds = boundsOf(finite, options);
  const [low, high] = [bounds[0]!, bounds.at(-1)!];
  const counts = new Uint32Array(bounds.length - 1);
  for (const value of finite) counts[binOf(bounds, value)]!++;
  const most = counts.reduce((a, b) => Math.max(a, b), 1);
  const marks = options.marks ?? [];
  const box = { left: 52, right: NARROW - 24, top: 10 + MARK * marks.length, bottom: HEIGHT - 40 };
  const x = (options.whole && isLogarithmic(bounds) ? logarithmic : linear)(
    [low, high],
    [box.left, box.right],
  );
  const y = linear([0, most], [box.bottom, box.top], { wanted: 4 });
  const clients = { ...y, ticks: y.ticks.filter(Number.isInteger) };
  const shown = options.whole ? { ...x, ticks: x.ticks.filter(Number.isInteger) } : x;
  const bars = Array.from(counts, (size, bin) => {
    if (size === 0) return '';
    const [from, to] = [x.at(bounds[bin]!), x.at(bounds[bin + 1]!)];
    const top = Math.min(y.at(size), box.bottom - 1);
    return html`<rect class="accent" x="${px(from + 0.5)}" y="${px(top)}" width="${px(Math.max(1, to - from - 1))}" height="${px(
      box.bottom - top,
    )}"><title>${between(bounds[bin]!, bounds[bin + 1]!, options)}: ${count(size)} clients</title></rect>`;
  });
  return chart(NARROW, HEIGHT, options.label, [
    yAxis(clients, box, count),
    ...bars,
    xAxis(shown, box, options.format, options.title),
    ...marks.map(({ at, name }, index) => {
      const place = px(x.at(Math.min(high, Math.max(low, at))));
      const left = place > (box.left + box.right) / 2;
      return html`<line class="mark" x1="${place}" x2="${place}" y1="${5 + MARK * index}" y2="${box.bottom}"/><text class="name over" x="${
        place + (left ? -5 : 5)
      }" y="${15 + MARK * index}" text-anchor="${left ? 'end' : 'start'}">${name}</text>`;
    }),
  ]);
}

/** Ascending; the last bin includes its end. */
function boundsOf(values: readonly number[], { domain, whole }: HistogramOptions): number[] {
  const low = domain?.[0] ?? values.reduce((a, b) => Math.min(a, b));
  const high = domain?.[1] ?? values.reduce((a, b) => Math.max(a, b));
  if (whole && low > 0 && high / low > WIDE_RATIO) {
    const ratio = ((high + 1) / low) ** (1 / BINS);
    const bounds = Array.from({ length: BINS + 1 }, (_, bin) => Math.round(low * ratio ** bin));
    return [...new Set(bounds)];
  }
  if (!whole) {
    const span = high - low || Math.abs(low) || 1;
    return Array.from({ length: BINS + 1 }, (_, bin) => low + (bin * span) / BINS);
  }
  const width = Math.max(1, Math.ceil((high + 1 - low) / BINS));
  const bins = Math.ceil((high + 1 - low) / width);
  // Few different values stand in the middle of an axis, each above its number.
  const margin = Math.max(0, Math.ceil((FEWEST - bins) / 2));
  return Array.from({ length: bins + 2 * margin + 1 }, (_, bin) => low - 0.5 + (bin - margin) * width);
}

function between(from: number, to: number, { format, whole }: HistogramOptions): string {
  const [first, last] = whole ? [Math.ceil(from), Math.ceil(to) - 1] : [from, to];
  return first === last ? format(first) : `${format(first)} to ${format(last)}`;
}

function isLogarithmic(bounds: readonly number[]): boolean {
  return bounds[0]! > 0 && bounds.length > 2 && bounds.at(-1)! / bounds[0]! > WIDE_RATIO;
}

function binOf(bounds: readonly number[], value: number): number {
  let [low, high] = [0, bounds.length - 2];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (bounds[middle]! <= value) low = middle;
    else high = middle - 1;
  }
  return low;
}
