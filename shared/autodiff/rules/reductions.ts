import type { Expressions } from '../../onnx/expressions.ts';
import { integersOf, intsOf, numberOf } from '../attributes.ts';
import { MissingGradientError } from '../errors.ts';
import { gradientOf, type RuleContext, type RuleRow, rule } from '../registry.ts';
import { timesSign } from './elementwise.ts';

interface Reduction {
  readonly e: Expressions;
  /** The gradient and the output, with the reduced axes kept as 1. */
  readonly g: string;
  readonly y: string;
  readonly x: string;
  readonly axes: readonly number[];
}

export const reductionRules: readonly RuleRow[] = [
  reduction('ReduceSum', 'g', ({ e, g, x }) => e.expandLike(g, x)),
  reduction('ReduceMean', 'g / n', ({ e, g, x, axes }) =>
    e.expandLike(e.div(g, e.count(x, axes, e.typeOf(x).type)), x),
  ),
  reduction('ReduceMax', 'shared evenly by the elements that attain it', ({ e, g, x, y, axes }) =>
    shareOfExtremes(e, g, x, y, axes),
  ),
  reduction('ReduceMin', 'shared evenly by the elements that attain it', ({ e, g, x, y, axes }) =>
    shareOfExtremes(e, g, x, y, axes),
  ),
  reduction('ReduceProd', 'g times the product of the others, also where one element is 0', product),
  reduction('ReduceL1', 'g sign(x), 0 at 0', ({ e, g, x }) => timesSign({ e }, e.expandLike(g, x), x)),
  reduction('ReduceL2', 'g x / y, 0 where y is 0', ({ e, g, x, y }) =>
    e.mul(x, e.div(g, e.where(e.greater(y, 0), y, 1))),
  ),
  reduction('ReduceLogSum', 'g / sum(x)', ({ e, g, x, axes }) =>
    e.expandLike(e.div(g, e.sum(x, axes, true)), x),
  ),
  reduction('ReduceLogSumExp', 'g exp(x - y)', ({ e, g, x, y }) => e.mul(g, e.exp(e.sub(x, y)))),
  reduction('ReduceSumSquare', '2 g x', ({ e, g, x }) => e.mul(e.mul(g, 2), x)),
];

function reduction(op: string, note: string, derivative: (r: Reduction) => string): RuleRow {
  return rule(op, note, (c) => {
    const { e, inputs, outputs } = c;
    const x = inputs[0]!;
    const axes = axesOf(c);
    const g = gradientOf(c);
    if (axes.length === 0 && e.dimsOf(x).length > 0) {
      // noop_with_empty_axes: each element is a group of its own.
      return [derivative({ e, g, y: outputs[0]!, x, axes })];
    }
    const keeps = numberOf(c.node, 'keepdims', 1) === 1;
    const kept = (value: string) => (keeps ? value : e.unsqueeze(value, axes));
    return [derivative({ e, g: kept(g), y: kept(outputs[0]!), x, axes })];
  });
}

/** The reduced axes, ascending and non-negative: an input since opset 18 (13 for ReduceSum), an attribute before. */
function axesOf({ e, node, inputs }: RuleContext): number[] {
  const rank = e.dimsOf(inputs[0]!).length;
  const input = inputs[1];
  const given = input ? integersOf(e.builder.isConstant(input)) : intsOf(node, 'axes');
  if (input && given === undefined) {
    throw new MissingGradientError(node, `its axes '${input}' are computed; they must be a constant.`);
  }
  if (given === undefined || given.length === 0) {
    const nothing = numberOf(node, 'noop_with_empty_axes', 0) === 1;
    return nothing ? [] : Array.from({ length: rank }, (_, axis) => axis);
  }
  return given.map((axis) => (axis < 0 ? axis + rank : axis)).sort((a, b) => a - b);
}

/** g divided evenly among the elements of x that equal the maximum (or minimum) y of their group. */
export function shareOfExtremes(
  e: Expressions,
  g: string,
  x: string,
  y: string,
  axes: readonly number[],
): string {
  const hits = e.cast(e.equal(x, y), e.typeOf(x).type);
  return e.mul(hits, e.div(g, e.sum(hits, axes, true)));
}

/** y / x would be 0 / 0 at a zero: with one zero in a group only that element has a gradient, with two none has. */
function product({ e, g, x, axes }: Reduction): string {
  const isZero = e.equal(x, 0);
  const others = e.where(isZero, 1, x);
  const rest = axes.length === 0 ? others : e.op('ReduceProd', [others, e.ints(axes)], { keepdims: 1 });
  const zeros = e.sum(e.cast(isZero, e.typeOf(x).type), axes, true);
  const atZero = e.where(e.less(zeros, 1.5), rest, 0);
  const elsewhere = e.where(e.less(zeros, 0.5), e.div(rest, others), 0);
  return e.mul(g, e.where(isZero, atZero, elsewhere));
}
