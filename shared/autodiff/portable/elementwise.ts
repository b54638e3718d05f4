import { type ExpandContext, type ExpandRow, expansion } from '../../onnx/expand/context.ts';

/** ONNX's defaults of Selu. */
const SELU_ALPHA = 1.6732631921768188;
const SELU_GAMMA = 1.0507010221481323;

/** Elementwise operators that WebGPU's provider lacks. */
export const PORTABLE_ELEMENTWISE: readonly ExpandRow[] = [
  expansion('Sum', '', 'a chain of Add', (c) => [sum(c)]),
  expansion('Mean', '', 'a chain of Add, divided', (c) => [c.e.mul(sum(c), 1 / c.inputs.length)]),
  expansion('LogSoftmax', '', 'x - ReduceLogSumExp(x)', (c) => {
    const x = c.input(0);
    const axes = c.e.ints([c.number('axis', -1)]);
    return [c.e.sub(x, c.e.op('ReduceLogSumExp', [x, axes], { keepdims: 1 }))];
  }),
  expansion('Softsign', '', 'x / (1 + |x|)', ({ e, inputs: [x] }) => [
    e.div(x as string, e.add(e.abs(x as string), 1)),
  ]),
  expansion('Selu', '', 'Where and Exp', (c) => {
    const gamma = c.number('gamma', SELU_GAMMA);
    return [c.e.mul(exponentialUnit(c, c.number('alpha', SELU_ALPHA), 1), gamma)];
  }),
  expansion('Celu', '', 'Where and Exp', (c) => {
    const alpha = c.number('alpha', 1);
    return [exponentialUnit(c, alpha, alpha)];
  }),
  expansion('Shrink', '', 'Where', (c) => {
    const { e } = c;
    const x = c.input(0);
    const lambd = c.number('lambd', 0.5);
    const bias = c.number('bias', 0);
    const low = e.where(e.less(x, -lambd), e.add(x, bias), 0);
    return [e.where(e.greater(x, lambd), e.sub(x, bias), low)];
  }),
];

function sum({ e, inputs }: ExpandContext): string {
  return inputs.reduce((total, input) => e.add(total, input));
}

/** x above 0, alpha (exp(x / scale) - 1) below; what is not chosen stays finite. */
function exponentialUnit(c: ExpandContext, alpha: number, scale: number): string {
  const { e } = c;
  const x = c.input(0);
  const positive = e.greater(x, 0);
  const exponent = e.mul(e.where(positive, 0, x), 1 / scale);
  return e.where(positive, x, e.mul(e.sub(e.exp(exponent), 1), alpha));
}
