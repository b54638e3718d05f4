import type { Expressions } from '../../onnx/expressions.ts';
import { numberOf } from '../attributes.ts';
import { gradientOf, type RuleContext, type RuleRow, rule } from '../registry.ts';

export const linearAlgebraRules: readonly RuleRow[] = [
  rule('Gemm', 'Gemm with the transposes folded into transA and transB', gemm),
  rule(
    'MatMul',
    'MatMul with the other operand transposed; one Gemm over all rows for a matrix on the right',
    matMul,
  ),
];

/** Y = alpha A' B' + beta C, where ' transposes by transA and transB. */
function gemm(c: RuleContext): (string | undefined)[] {
  const { e, node, wanted } = c;
  const g = gradientOf(c);
  const [a, b] = c.inputs;
  const transA = numberOf(node, 'transA', 0);
  const transB = numberOf(node, 'transB', 0);
  const alpha = numberOf(node, 'alpha', 1);
  const product = (x: string, y: string, tx: number, ty: number) =>
    e.op('Gemm', [x, y], { transA: tx, transB: ty, alpha });
  return [
    wanted[0] ? (transA ? product(b!, g, transB, 1) : product(g, b!, 0, 1 - transB)) : undefined,
    wanted[1] ? (transB ? product(g, a!, 1, transA) : product(a!, g, 1 - transA, 0)) : undefined,
    wanted[2] ? e.mul(g, numberOf(node, 'beta', 1)) : undefined,
  ];
}

/** numpy.matmul: batch dimensions broadcast, a vector is a row on the left and a column on the right. */
function matMul(c: RuleContext): (string | undefined)[] {
  const { e, wanted } = c;
  const [a, b] = c.inputs as readonly [string, string];
  const rankA = e.dimsOf(a).length;
  const rankB = e.dimsOf(b).length;
  if (rankA > 2 && rankB === 2) return rowsTimesMatrix(c, a, b);
  let g = gradientOf(c);
  const left = rankA === 1 ? e.unsqueeze(a, [0]) : a;
  const right = rankB === 1 ? e.unsqueeze(b, [1]) : b;
  if (rankB === 1) g = e.unsqueeze(g, [-1]);
  if (rankA === 1) g = e.unsqueeze(g, [-2]);
  const forB = () => {
    const product = e.op('MatMul', [swapLast(e, left), g]);
    return rankB === 1 ? e.op('Squeeze', [product, e.ints([-1])]) : product;
  };
  return [wanted[0] ? e.op('MatMul', [g, swapLast(e, right)]) : undefined, wanted[1] ? forB() : undefined];
}

/** [..., k] times [k, n]: the batch is only more rows, so each gradient is one Gemm. */
function rowsTimesMatrix(c: RuleContext, a: string, b: string): (string | undefined)[] {
  const { e, wanted } = c;
  const [k, n] = e.dimsOf(b);
  // An axis of size 0 leaves Reshape's -1 undefined.
  if (typeof k !== 'number' || typeof n !== 'number' || k === 0 || n === 0) {
    const g = gradientOf(c);
    return [e.op('MatMul', [g, swapLast(e, b)]), wanted[1] ? e.op('MatMul', [swapLast(e, a), g]) : undefined];
  }
  const rows = e.reshape(gradientOf(c), [-1, n]);
  return [
    wanted[0] ? e.reshapeLike(e.op('Gemm', [rows, b], { transB: 1 }), a) : undefined,
    wanted[1] ? e.op('Gemm', [e.reshape(a, [-1, k]), rows], { transA: 1 }) : undefined,
  ];
}

function swapLast(e: Expressions, value: string): string {
  const axes = e.dimsOf(value).map((_, axis) => axis);
  const rank = axes.length;
  return e.transpose(value, [...axes.slice(0, -2), rank - 1, rank - 2]);
}
