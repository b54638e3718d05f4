import { numberOf } from '../attributes.ts';
import { MissingGradientError } from '../errors.ts';
import { gradientOf, type RuleContext, type RuleRow, rule } from '../registry.ts';

/**
 * Local response normalisation over channels (Krizhevsky et al. 2012, section 3.3):
 * y = x s^-beta with s = bias + alpha / size * (sum of x^2 over the channels around).
 */
export const localResponseRules: readonly RuleRow[] = [
  rule(
    'LRN',
    'g s^-beta - 2 alpha beta / size x sum(g x s^(-beta - 1)), sums as Slices of padded channels',
    lrn,
  ),
];

function lrn(c: RuleContext): string[] {
  const { e, node } = c;
  const x = c.inputs[0]!;
  const g = gradientOf(c);
  const size = numberOf(node, 'size', 1);
  const alpha = numberOf(node, 'alpha', 1e-4) / size;
  const beta = numberOf(node, 'beta', 0.75);
  // floor((size - 1) / 2) channels before, the rest after; the transposed sum has them the other way round.
  const before = Math.floor((size - 1) / 2);
  const after = size - 1 - before;
  const s = e.add(e.mul(around(c, e.square(x), before, after), alpha), numberOf(node, 'bias', 1));
  const power = e.pow(s, -beta);
  const along = around(c, e.div(e.mul(e.mul(g, x), power), s), after, before);
  return [e.sub(e.mul(g, power), e.mul(e.mul(x, along), 2 * alpha * beta))];
}

/** The sum over the channels from `before` before to `after` after. */
export function around(
  { e, node }: Pick<RuleContext, 'e' | 'node'>,
  value: string,
  before: number,
  after: number,
): string {
  const dims = e.dimsOf(value);
  const channels = dims[1];
  if (typeof channels !== 'number') {
    throw new MissingGradientError(
      node,
      `the number of channels must be known, but its input is [${dims.join(', ')}]. Give the input a fixed size.`,
    );
  }
  const pads = new Array<number>(2 * dims.length).fill(0);
  pads[1] = before;
  pads[dims.length + 1] = after;
  const padded = e.pad(value, pads);
  return Array.from({ length: before + after + 1 }, (_, k) =>
    e.slice(padded, [k], [k + channels], [1]),
  ).reduce((sum, part) => e.add(sum, part));
}
