import { type RuleContext, type RuleRow, rule } from '../registry.ts';

interface Unary {
  readonly e: RuleContext['e'];
  readonly g: string;
  readonly x: string;
  readonly y: string;
}

function unary(op: string, note: string, derivative: (unary: Unary) => string): RuleRow {
  return rule(op, note, ({ e, inputs, outputs, gradients }) => [
    derivative({ e, g: gradients[0]!, x: inputs[0]!, y: outputs[0]! }),
  ]);
}

/** Trigonometric and hyperbolic functions, and the error function. */
export const trigonometricRules: readonly RuleRow[] = [
  unary('Sin', 'g cos x', ({ e, g, x }) => e.mul(g, e.op('Cos', [x]))),
  unary('Cos', '-g sin x', ({ e, g, x }) => e.neg(e.mul(g, e.op('Sin', [x])))),
  unary('Tan', 'g (1 + y^2)', ({ e, g, y }) => e.mul(g, e.add(e.square(y), 1))),
  unary('Asin', 'g / sqrt(1 - x^2)', ({ e, g, x }) => e.div(g, e.sqrt(e.sub(1, e.square(x))))),
  unary('Acos', '-g / sqrt(1 - x^2)', ({ e, g, x }) => e.neg(e.div(g, e.sqrt(e.sub(1, e.square(x)))))),
  unary('Atan', 'g / (1 + x^2)', ({ e, g, x }) => e.div(g, e.add(e.square(x), 1))),
  unary('Sinh', 'g cosh x', ({ e, g, x }) => e.mul(g, e.op('Cosh', [x]))),
  unary('Cosh', 'g sinh x', ({ e, g, x }) => e.mul(g, e.op('Sinh', [x]))),
  unary('Tanh', 'g (1 - y^2)', ({ e, g, y }) => e.mul(g, e.sub(1, e.square(y)))),
  unary('Asinh', 'g / sqrt(x^2 + 1)', ({ e, g, x }) => e.div(g, e.sqrt(e.add(e.square(x), 1)))),
  unary('Acosh', 'g / sqrt(x^2 - 1)', ({ e, g, x }) => e.div(g, e.sqrt(e.sub(e.square(x), 1)))),
  unary('Atanh', 'g / (1 - x^2)', ({ e, g, x }) => e.div(g, e.sub(1, e.square(x)))),
  unary('Erf', 'g 2/sqrt(pi) exp(-x^2)', ({ e, g, x }) =>
    e.mul(g, e.mul(e.exp(e.neg(e.square(x))), 2 / Math.sqrt(Math.PI))),
  ),
];
