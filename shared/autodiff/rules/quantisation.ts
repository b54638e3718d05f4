import type { Expressions } from '../../onnx/expressions.ts';
import { numberOf } from '../attributes.ts';
import { gradientOf, type RuleContext, type RuleRow, rule } from '../registry.ts';

const BOUNDS: Readonly<Record<string, readonly [low: number, high: number]>> = {
  int8: [-128, 127],
  uint8: [0, 255],
  int16: [-32768, 32767],
  uint16: [0, 65535],
};

/**
 * Straight-through (Bengio et al. 2013, arXiv:1308.3432): a quantised integer stands for the real number that was
 * rounded to it, so its gradient is a float. The scale's is that of learned step sizes (Esser et al. 2020,
 * arXiv:1902.08153): quantising and dequantising with one scale leaves what rounding and clipping cost.
 */
export const quantisationRules: readonly RuleRow[] = [
  rule('DequantizeLinear', 'g scale; g (x - zero point), summed, for the scale', dequantize),
  rule(
    'QuantizeLinear',
    'straight-through: g / scale where the number lies in the range of the type, 0 where it was clipped',
    quantize,
  ),
  rule(
    'DynamicQuantizeLinear',
    'straight-through: g / scale; the scale counts as a constant',
    ({ e, outputs, gradients: [g] }) => [g === undefined ? undefined : e.div(g, outputs[1]!)],
  ),
];

function dequantize(c: RuleContext): (string | undefined)[] {
  const { e, inputs, wanted } = c;
  const g = gradientOf(c);
  const [x, scale, zero] = inputs as readonly [string, string, string?];
  const along = alongAxis(c, x, scale);
  const centred = () => {
    const data = e.cast(x, e.typeOf(g).type);
    return zero ? e.sub(data, along.spread(e.cast(zero, e.typeOf(g).type))) : data;
  };
  return [
    wanted[0] ? e.mul(g, along.spread(scale)) : undefined,
    wanted[1] ? along.sum(e.mul(g, centred())) : undefined,
  ];
}

function quantize(c: RuleContext): (string | undefined)[] {
  const { e, inputs, outputs, wanted } = c;
  const [x, scale, zero] = inputs as readonly [string, string, string?];
  const along = alongAxis(c, x, scale);
  const spread = along.spread(scale);
  const [low, high] = BOUNDS[e.typeOf(outputs[0]!).type] ?? [-128, 127];
  const quotient = e.div(x, spread);
  const place = zero ? e.add(quotient, along.spread(e.cast(zero, e.typeOf(x).type))) : quotient;
  const above = e.where(e.greater(place, low - 0.5), e.div(gradientOf(c), spread), 0);
  const inside = e.where(e.less(place, high + 0.5), above, 0);
  return [wanted[0] ? inside : undefined, wanted[1] ? along.sum(e.neg(e.mul(inside, quotient))) : undefined];
}

interface Along {
  /** A scale or zero point in a shape that broadcasts to the data. */
  readonly spread: (value: string) => string;
  /** What has the shape of the data, summed to that of the scale. */
  readonly sum: (value: string) => string;
}

function alongAxis({ e, node }: RuleContext, x: string, scale: string): Along {
  const rank = e.dimsOf(x).length;
  const dims = e.dimsOf(scale);
  const given = numberOf(node, 'axis', 1);
  const axis = given < 0 ? given + rank : given;
  const others = Array.from({ length: rank }, (_, k) => k).filter((k) => k !== axis);
  if (dims.length === 1 && dims[0] !== 1) {
    const behind = others.filter((k) => k > axis).map((_, k) => k + 1);
    return { spread: (value) => e.unsqueeze(value, behind), sum: (value) => e.sum(value, others, false) };
  }
  const all = Array.from({ length: rank }, (_, k) => k);
  return { spread: (value) => value, sum: (value) => reshaped(e, e.sum(value, all, false), dims.length) };
}

/** A scalar as [1] where the scale is written so. */
function reshaped(e: Expressions, value: string, rank: number): string {
  return rank === 0 ? value : e.reshape(value, [1]);
}
