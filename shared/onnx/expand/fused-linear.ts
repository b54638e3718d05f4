import type { AttributeValue } from '../model.ts';
import { type ExpandContext, type ExpandRow, expansion } from './context.ts';

/** MatMul of operands with the last two axes swapped (trans), or with the first axis moved behind the batch. */
function fusedMatMul(c: ExpandContext): readonly string[] {
  const operand = (index: number, side: string): string => {
    const axes = [...c.dims(index).keys()];
    const rank = axes.length;
    const batch = rank > 2 && c.number(`transBatch${side}`, 0) === 1;
    const moved = batch ? [...axes.slice(1, -1), 0, rank - 1] : axes;
    const swapped = rank > 1 && c.number(`trans${side}`, 0) === 1;
    const order = swapped ? [...moved.slice(0, -2), moved[rank - 1]!, moved[rank - 2]!] : moved;
    return c.e.transpose(c.input(index), order);
  };
  const product = c.e.op('MatMul', [operand(0, 'A'), operand(1, 'B')]);
  return [c.e.mul(product, c.number('alpha', 1))];
}

/** What a fused operator applies to its result: the name, and where its numbers are. */
function activated(c: ExpandContext, value: string, parameters: readonly number[]): string {
  const { e } = c;
  const [first, second] = parameters;
  const name = c.string('activation', '');
  switch (name) {
    case '':
      return value;
    case 'Relu':
    case 'Sigmoid':
    case 'Tanh':
      return e.op(name, [value]);
    case 'LeakyRelu':
      return e.op(name, [value], { alpha: first ?? 0.01 });
    case 'HardSigmoid':
      return e.op(name, [value], { alpha: first ?? 0.2, beta: second ?? 0.5 });
    case 'Clip': {
      const { type } = e.typeOf(value);
      return e.op(name, [value, e.scalar(first ?? -3.4e38, type), e.scalar(second ?? 3.4e38, type)]);
    }
    default:
      return c.fail(`its activation ${JSON.stringify(name)} is not known`);
  }
}

function others(c: ExpandContext, pattern: RegExp): Record<string, AttributeValue> {
  return Object.fromEntries(Object.entries(c.node.attributes).filter(([name]) => !pattern.test(name)));
}

/** Conv, then a summand (input 3), then the activation. */
function fusedConv(c: ExpandContext): readonly string[] {
  const inputs = c.has(2) ? [c.input(0), c.input(1), c.input(2)] : [c.input(0), c.input(1)];
  const y = c.e.op('Conv', inputs, others(c, /^activation/));
  return [activated(c, c.has(3) ? c.e.add(y, c.input(3)) : y, c.list('activation_params') ?? [])];
}

function fusedGemm(c: ExpandContext): readonly string[] {
  const inputs = c.has(2) ? [c.input(0), c.input(1), c.input(2)] : [c.input(0), c.input(1)];
  const y = c.e.op('Gemm', inputs, others(c, /^activation/));
  const given = ['activation_alpha', 'activation_beta'].filter((name) => c.node.attributes[name]);
  return [
    activated(
      c,
      y,
      given.map((name) => c.number(name, 0)),
    ),
  ];
}

export const FUSED_LINEAR: readonly ExpandRow[] = [
  expansion('FusedMatMul', 'com.microsoft', 'Transpose, MatMul, Mul by alpha', fusedMatMul),
  expansion('TransposeMatMul', 'com.microsoft', 'Transpose, MatMul, Mul by alpha', fusedMatMul),
  expansion('FusedConv', 'com.microsoft', 'Conv, Add, the activation', fusedConv),
  expansion('FusedGemm', 'com.microsoft', 'Gemm, the activation', fusedGemm),
];
