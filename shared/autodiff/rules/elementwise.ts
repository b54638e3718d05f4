import { numberOf } from '../attributes.ts';
import { gradientOf, type RuleContext, type RuleRow, rule } from '../registry.ts';

/** Arithmetic and selection. Where several inputs tie, the first one that attains the value takes the gradient. */
export const elementwiseRules: readonly RuleRow[] = [
  rule('Identity', 'g', (c) => [gradientOf(c)]),
  rule('Add', 'g for both', (c) => [gradientOf(c), gradientOf(c)]),
  rule('Sub', 'g and -g', (c) => {
    const g = gradientOf(c);
    return [g, c.wanted[1] ? c.e.neg(g) : undefined];
  }),
  rule('Mul', 'g b and g a', ({ e, inputs: [a, b], wanted, gradients: [g] }) => [
    wanted[0] ? e.mul(g!, b!) : undefined,
    wanted[1] ? e.mul(g!, a!) : undefined,
  ]),
  rule('Div', 'g / b and -(g / b) y', ({ e, inputs: [, b], outputs: [y], wanted, gradients: [g] }) => {
    const quotient = e.div(g!, b!);
    return [quotient, wanted[1] ? e.neg(e.mul(quotient, y!)) : undefined];
  }),
  rule('Neg', '-g', (c) => [c.e.neg(gradientOf(c))]),
  rule('Abs', 'g sign(x), 0 at 0; sign as two comparisons (Sign is not on WebGPU)', (c) => [
    timesSign(c, gradientOf(c), c.inputs[0]!),
  ]),
  rule('Exp', 'g y', (c) => [c.e.mul(gradientOf(c), c.outputs[0]!)]),
  rule('Log', 'g / x', (c) => [c.e.div(gradientOf(c), c.inputs[0]!)]),
  rule('Sqrt', 'g / (2 y)', (c) => [c.e.div(c.e.mul(gradientOf(c), 0.5), c.outputs[0]!)]),
  rule('Reciprocal', '-g y^2', (c) => [c.e.neg(c.e.mul(gradientOf(c), c.e.square(c.outputs[0]!)))]),
  rule('Pow', 'g p x^(p-1), 0 where p is 0; g y log(x), 0 where x <= 0', pow),
  rule('Max', 'g to the first input that attains the maximum', firstThatAttains),
  rule('Min', 'g to the first input that attains the minimum', firstThatAttains),
  rule('Sum', 'g for every input', (c) => c.inputs.map(() => gradientOf(c))),
  rule('Mean', 'g / n for every input', (c) => {
    const share = c.e.mul(gradientOf(c), 1 / c.inputs.length);
    return c.inputs.map(() => share);
  }),
  rule('Mod', 'g and -g (a - y) / b, where (a - y) / b is the quotient that was cut off', (c) => {
    const { e, inputs, outputs, wanted } = c;
    const g = gradientOf(c);
    if (!wanted[1]) return [g];
    return [g, e.neg(e.mul(g, e.div(e.sub(inputs[0]!, outputs[0]!), inputs[1]!)))];
  }),
  rule('Clip', 'g inside and on the bounds; to min and max where they cut', clip),
  rule('Where', 'g by the condition', ({ e, inputs: [condition], wanted, gradients: [g] }) => [
    undefined,
    wanted[1] ? e.where(condition!, g!, 0) : undefined,
    wanted[2] ? e.where(condition!, 0, g!) : undefined,
  ]),
  rule('Cast', 'g cast back; none through integers, but those that were quantised', (c) => {
    const { type } = c.e.typeOf(c.inputs[0]!);
    return [type.startsWith('float') || type === 'bfloat16' ? c.e.cast(gradientOf(c), type) : gradientOf(c)];
  }),
];

/** `g sign(x)` with 0 at 0. */
export function timesSign({ e }: Pick<RuleContext, 'e'>, g: string, x: string): string {
  return e.where(e.greater(x, 0), g, e.where(e.less(x, 0), e.neg(g), 0));
}

function pow(c: RuleContext): (string | undefined)[] {
  const { e, outputs, wanted } = c;
  const g = gradientOf(c);
  const x = c.inputs[0]!;
  const type = e.typeOf(x).type;
  const exponent = c.inputs[1]!;
  const constant = e.builder.isConstant(exponent);
  const known = constant?.data.length === 1 && !wanted[1] ? Number(constant.data[0]) : undefined;
  const p = e.cast(exponent, type);
  return [
    wanted[0] ? (known === undefined ? powBase(c, g, x, p) : powKnown(c, g, x, known)) : undefined,
    wanted[1] ? e.mul(g, e.mul(outputs[0]!, e.log(e.where(e.greater(x, 0), x, 1)))) : undefined,
  ];
}

function powKnown({ e }: RuleContext, g: string, x: string, p: number): string | undefined {
  if (p === 0) return undefined;
  if (p === 1) return g;
  if (p === 2) return e.mul(g, e.mul(x, 2));
  if (p === 3) return e.mul(g, e.mul(e.square(x), 3));
  return e.mul(g, e.mul(e.pow(x, p - 1), p));
}

/** x^(p-1) would be infinite at x = 0, p = 0, where the derivative is 0. */
function powBase({ e }: RuleContext, g: string, x: string, p: string): string {
  const isZero = e.equal(p, 0);
  const power = e.op('Pow', [e.where(isZero, 1, x), e.sub(p, 1)]);
  return e.mul(g, e.mul(p, power));
}

function firstThatAttains(c: RuleContext): (string | undefined)[] {
  const { e, inputs, outputs } = c;
  let rest = gradientOf(c);
  return inputs.map((input, k) => {
    if (k === inputs.length - 1) return rest;
    const hit = e.equal(input, outputs[0]!);
    const share = c.wanted[k] ? e.where(hit, rest, 0) : undefined;
    rest = e.where(hit, 0, rest);
    return share;
  });
}

/** Whether min and max are constants that some value fits between. */
function boundsInOrder({ e, inputs }: RuleContext): boolean {
  const bound = (k: number, absent: number) => {
    const value = inputs[k];
    if (!value) return absent;
    const tensor = e.builder.isConstant(value);
    return tensor === undefined ? Number.NaN : Number(tensor.data[0]);
  };
  return bound(1, Number.NEGATIVE_INFINITY) <= bound(2, Number.POSITIVE_INFINITY);
}

function clip(c: RuleContext): (string | undefined)[] {
  const { e, node, wanted, target } = c;
  const g = gradientOf(c);
  const [x, minimum, maximum] = c.inputs;
  if (target !== 'webgpu' && !wanted[1] && !wanted[2] && boundsInOrder(c)) {
    // Inside and on the bounds nothing is changed; see `relu` for what Where costs.
    return [e.mul(g, e.cast(e.equal(x!, c.outputs[0]!), e.typeOf(g).type))];
  }
  // Before opset 11 the bounds were attributes; import turns them into inputs, but they are cheap to honour.
  const low = minimum || (node.attributes['min'] ? numberOf(node, 'min', 0) : undefined);
  const high = maximum || (node.attributes['max'] ? numberOf(node, 'max', 0) : undefined);
  const below = low === undefined ? undefined : e.less(x!, low);
  const above = high === undefined ? undefined : e.greater(x!, high);
  const inside = below === undefined ? g : e.where(below, 0, g);
  // min(max(x, low), high): where low is above high, high is the result everywhere.
  const forLow = (cut: string) =>
    high === undefined ? e.where(cut, g, 0) : e.where(e.greater(low as string, high), 0, e.where(cut, g, 0));
  const forHigh = (cut: string) => {
    const kept = e.where(cut, g, 0);
    return low === undefined ? kept : e.where(e.greater(low as string, high as string), g, kept);
  };
  return [
    wanted[0] ? (above === undefined ? inside : e.where(above, 0, inside)) : undefined,
    wanted[1] && below !== undefined ? forLow(below) : undefined,
    wanted[2] && above !== undefined ? forHigh(above) : undefined,
  ];
}
