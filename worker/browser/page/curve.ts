import { byId, numberText, say } from './dom.ts';

const WIDTH = 640;
const HEIGHT = 220;
const [LEFT, RIGHT, TOP, BOTTOM] = [56, 12, 12, 28];
/** More points than this are not told apart. */
const MAX_POINTS = 400;

export interface Point {
  /** Counted from 0; people are told of them from 1. */
  readonly round: number;
  readonly loss: number;
}

/** Draws the loss by round into the figure, and says it in words for those who do not see it. */
export function drawCurve(points: readonly Point[]): void {
  const svg = byId<SVGSVGElement>('curve');
  const finite = thinned(points.filter(({ loss }) => Number.isFinite(loss)));
  if (finite.length === 0) return;
  const rounds = rangeOf(finite.map(({ round }) => round));
  const losses = rangeOf([0, ...finite.map(({ loss }) => loss)]);
  const x = (round: number): number => LEFT + (WIDTH - LEFT - RIGHT) * rounds.share(round);
  const y = (loss: number): number => HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * losses.share(loss);
  const line = finite.map(({ round, loss }) => `${x(round).toFixed(1)},${y(loss).toFixed(1)}`);
  const last = finite.at(-1)!;
  svg.replaceChildren(
    shape('title', {}, 'Loss by round'),
    ...[0, losses.high / 2, losses.high].flatMap((loss) => [
      shape('line', { class: 'axis', x1: LEFT, x2: WIDTH - RIGHT, y1: y(loss), y2: y(loss) }),
      shape('text', { x: LEFT - 8, y: y(loss) + 4, 'text-anchor': 'end' }, loss.toPrecision(2)),
    ]),
    shape('text', { x: LEFT, y: HEIGHT - 8 }, `round ${numberText(finite[0]!.round + 1)}`),
    shape('text', { x: WIDTH - RIGHT, y: HEIGHT - 8, 'text-anchor': 'end' }, numberText(last.round + 1)),
    shape('polyline', { class: 'line', points: line.join(' ') }),
    shape('circle', { cx: x(last.round), cy: y(last.loss), r: 4, fill: 'var(--accent)' }),
  );
  const first = finite[0]!;
  say(
    'curve-text',
    `Loss on your own data: ${first.loss.toPrecision(3)} in round ${first.round + 1}, ${last.loss.toPrecision(3)} in round ${last.round + 1}.`,
  );
}

function thinned(points: readonly Point[]): readonly Point[] {
  const every = Math.ceil(points.length / MAX_POINTS);
  return points.filter((_, index) => index % every === 0 || index === points.length - 1);
}

function rangeOf(values: readonly number[]): { readonly high: number; share(value: number): number } {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return { high, share: (value) => (high > low ? (value - low) / (high - low) : 0.5) };
}

function shape(name: string, attributes: Readonly<Record<string, string | number>>, text = ''): SVGElement {
  const element = document.createElementNS('http://www.w3.org/2000/svg', name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  element.textContent = text;
  return element;
}
