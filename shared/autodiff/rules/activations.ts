import { numberOf, stringOf } from '../attributes.ts';
import { gradientOf, type RuleContext, type RuleRow, rule } from '../registry.ts';

/** ONNX's default alpha and gamma of Selu (Klambauer et al. 2017, arXiv:1706.02515), as the specification has them. */
const SELU_ALPHA = 1.6732631921768188;
const SELU_GAMMA = 1.0507010221481323;

/** At a kink the derivative is the one from the left, as in PyTorch (0 for Relu at 0). */
export const activationRules: readonly RuleRow[] = [
  rule('Relu', 'g where y > 0; on CPU and WASM g times the truth of y as a number', relu),
  rule('LeakyRelu', 'g where x > 0, else alpha g', (c) => {
    const g = gradientOf(c);
    return [c.e.where(c.e.greater(c.inputs[0]!, 0), g, c.e.mul(g, numberOf(c.node, 'alpha', 0.01)))];
  }),
  rule('PRelu', 'g where x > 0, else slope g; x g where x <= 0 for the slope', (c) => {
    const { e, wanted } = c;
    const g = gradientOf(c);
    const [x, slope] = c.inputs;
    const positive = e.greater(x!, 0);
    return [
      wanted[0] ? e.where(positive, g, e.mul(g, slope!)) : undefined,
      wanted[1] ? e.where(positive, 0, e.mul(g, x!)) : undefined,
    ];
  }),
  rule('Elu', 'g where x > 0, else g (y + alpha)', (c) => [
    below(c, c.e.add(c.outputs[0]!, numberOf(c.node, 'alpha', 1)), 1),
  ]),
  rule('Selu', 'gamma g where x > 0, else g (y + alpha gamma)', (c) => {
    const gamma = numberOf(c.node, 'gamma', SELU_GAMMA);
    const alpha = numberOf(c.node, 'alpha', SELU_ALPHA);
    return [below(c, c.e.add(c.outputs[0]!, alpha * gamma), gamma)];
  }),
  rule('Celu', 'g where x > 0, else g (y / alpha + 1)', (c) => {
    const alpha = numberOf(c.node, 'alpha', 1);
    return [below(c, c.e.add(c.e.mul(c.outputs[0]!, 1 / alpha), 1), 1)];
  }),
  rule('ThresholdedRelu', 'g where x > alpha', (c) => [
    c.e.where(c.e.greater(c.inputs[0]!, numberOf(c.node, 'alpha', 1)), gradientOf(c), 0),
  ]),
  rule('Shrink', 'g where |x| > lambd', (c) => [
    c.e.where(c.e.greater(c.e.abs(c.inputs[0]!), numberOf(c.node, 'lambd', 0.5)), gradientOf(c), 0),
  ]),
  rule('HardSigmoid', 'alpha g where 0 < y < 1', (c) => {
    const y = c.outputs[0]!;
    const slope = c.e.mul(gradientOf(c), numberOf(c.node, 'alpha', 0.2));
    return [c.e.where(c.e.greater(y, 0), c.e.where(c.e.less(y, 1), slope, 0), 0)];
  }),
  rule('HardSwish', 'g (x / 3 + 1/2) where -3 < x < 3, g above', (c) => {
    const { e } = c;
    const x = c.inputs[0]!;
    const g = gradientOf(c);
    const middle = e.mul(g, e.add(e.mul(x, 1 / 3), 0.5));
    return [e.where(e.less(x, 3), e.where(e.greater(x, -3), middle, 0), g)];
  }),
  rule('Sigmoid', 'g y (1 - y)', ({ e, outputs: [y], gradients: [g] }) => [
    e.mul(g!, e.mul(y!, e.sub(1, y!))),
  ]),
  rule('Softplus', 'g sigmoid(x)', (c) => [c.e.mul(gradientOf(c), c.e.sigmoid(c.inputs[0]!))]),
  rule('Softsign', 'g / (1 + |x|)^2', (c) => [
    c.e.div(gradientOf(c), c.e.square(c.e.add(c.e.abs(c.inputs[0]!), 1))),
  ]),
  rule('Mish', 'g (t + x sigmoid(x) (1 - t^2)), t = tanh(softplus(x)) written with sigmoid(-x)', mish),
  rule('Gelu', 'g (cdf(x) + x pdf(x)), or the derivative of the tanh form', gelu),
];

/**
 * y is never negative, so its truth value is y > 0. Mul with a cast takes a third of Where's time on the CPU provider
 * (64 x 64 x 14 x 14: 1.3 against 4.5 ms, one thread); WebGPU compiles either into one kernel.
 */
function relu({ e, outputs, gradients, target }: RuleContext): string[] {
  const y = outputs[0]!;
  const g = gradients[0]!;
  if (target === 'webgpu') return [e.where(e.greater(y, 0), g, 0)];
  return [e.op('Mul', [g, e.cast(e.cast(y, 'bool'), e.typeOf(g).type)])];
}

/** `scale g` where x > 0, else `g factor`. */
function below(c: RuleContext, factor: string, scale: number): string {
  const g = gradientOf(c);
  return c.e.where(c.e.greater(c.inputs[0]!, 0), c.e.mul(g, scale), c.e.mul(g, factor));
}

/**
 * Misra 2019 (arXiv:1908.08681): y = x t. With q = sigmoid(-x) = 1 / (1 + e^x), tanh(log(1 + e^x)) is
 * (1 - q^2) / (1 + q^2), which neither overflows nor needs Softplus (not on WebGPU).
 */
function mish(c: RuleContext): string[] {
  const { e } = c;
  const x = c.inputs[0]!;
  const q2 = e.square(e.sigmoid(e.neg(x)));
  const t = e.div(e.sub(1, q2), e.add(q2, 1));
  const slope = e.mul(e.mul(x, e.sigmoid(x)), e.sub(1, e.square(t)));
  return [e.mul(gradientOf(c), e.add(t, slope))];
}

/** Hendrycks and Gimpel 2016 (arXiv:1606.08415). */
function gelu(c: RuleContext): string[] {
  const { e, node } = c;
  const x = c.inputs[0]!;
  const g = gradientOf(c);
  if (stringOf(node, 'approximate', 'none') === 'tanh') {
    const x2 = e.square(x);
    const k = Math.sqrt(2 / Math.PI);
    const t = e.op('Tanh', [e.mul(e.mul(x, k), e.add(e.mul(x2, 0.044715), 1))]);
    const inner = e.add(e.mul(x2, 3 * 0.044715 * k), k);
    const slope = e.mul(e.mul(x, e.sub(1, e.square(t))), inner);
    return [e.mul(g, e.mul(e.add(e.add(t, 1), slope), 0.5))];
  }
  // Each operator is a pass over memory. (erf + 1) / 2 is one as HardSigmoid, whose bounds it never passes (not on WebGPU), and x pdf(x)
  // is a quotient by exp(x²/2), which may overflow to what it should be.
  const u = e.mul(x, Math.SQRT1_2);
  const erf = e.op('Erf', [u]);
  const cdf =
    c.target === 'webgpu' ? e.mul(e.add(erf, 1), 0.5) : e.op('HardSigmoid', [erf], { alpha: 0.5, beta: 0.5 });
  const xPdf = e.div(e.mul(x, 1 / Math.sqrt(2 * Math.PI)), e.exp(e.square(u)));
  return [e.mul(g, e.add(cdf, xPdf))];
}
