import type { Expressions } from '../expressions.ts';
import { type ExpandContext, type ExpandRow, expansion } from './context.ts';

/** x sigmoid(alpha x). */
function swish(e: Expressions, x: string, alpha: number): string {
  return e.mul(x, e.sigmoid(e.mul(x, alpha)));
}

/** Gelu of the first input and, where there is one, a bias. */
const gelu =
  (approximate: 'none' | 'tanh') =>
  (c: ExpandContext): readonly string[] => {
    const x = c.has(1) ? c.e.add(c.input(0), c.input(1)) : c.input(0);
    return [c.e.op('Gelu', [x], { approximate })];
  };

/** Left half times Gelu of the right half of input plus bias (GEGLU, arXiv:2002.05202). */
function biasSplitGelu(c: ExpandContext): readonly string[] {
  const { e } = c;
  const size = c.size(0, -1);
  const x = e.add(c.input(0), c.input(1));
  const axis = c.rank(0) - 1;
  const left = e.slice(x, [0], [size / 2], [axis]);
  const right = e.slice(x, [size / 2], [size], [axis]);
  return [e.mul(left, e.op('Gelu', [right], { approximate: 'none' }))];
}

export const FUSED_ACTIVATIONS: readonly ExpandRow[] = [
  expansion('Swish', '', 'x Sigmoid(alpha x)', (c) => [swish(c.e, c.input(0), c.number('alpha', 1))]),
  expansion('CastLike', '', "Cast to the other input's type", (c) => [c.e.cast(c.input(0), c.type(1))]),
  expansion('Gelu', 'com.microsoft', 'Gelu', gelu('none')),
  expansion('BiasGelu', 'com.microsoft', 'Add, Gelu', gelu('none')),
  expansion('FastGelu', 'com.microsoft', 'Add (with a bias), Gelu by tanh', gelu('tanh')),
  expansion('QuickGelu', 'com.microsoft', 'x Sigmoid(alpha x)', (c) => [
    swish(c.e, c.input(0), c.number('alpha', 1.702)),
  ]),
  expansion('BiasAdd', 'com.microsoft', 'Add twice', (c) => [
    c.e.add(c.e.add(c.input(0), c.input(1)), c.input(2)),
  ]),
  expansion('BiasSplitGelu', 'com.microsoft', 'Add, two Slices, Gelu, Mul', biasSplitGelu),
];
