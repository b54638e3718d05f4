import { broadcastDims } from '../dims.ts';
import type { Dim, ValueType } from '../model.ts';
import { mustEqual, requireRank, sameTypes } from './common.ts';
import { float, type InferenceContext, int, operator } from './operator.ts';

function gemm(c: InferenceContext): ValueType[] {
  const [a, b] = [requireRank(c, 0, 2), requireRank(c, 1, 2)] as [Dim[], Dim[]];
  const [rows, inner] = (c.int('transA') ? [a[1], a[0]] : a) as [Dim, Dim];
  const [innerB, columns] = (c.int('transB') ? [b[1], b[0]] : b) as [Dim, Dim];
  mustEqual(c, inner, innerB, 'the inner dimensions differ');
  const dims = [rows, columns];
  if (c.has(2) && broadcastDims(dims, c.dims(2)).length > 2)
    c.fail('input 2 does not broadcast to the product');
  return [{ type: sameTypes(c), dims }];
}

/** numpy.matmul: a vector is a row or a column that is dropped again. */
function matmul(c: InferenceContext): ValueType[] {
  const [a, b] = [c.dims(0), c.dims(1)];
  if (a.length === 0 || b.length === 0) c.fail('a scalar cannot be multiplied: use Mul');
  const left = a.length === 1 ? [1, ...a] : a;
  const right = b.length === 1 ? [...b, 1] : b;
  mustEqual(c, left.at(-1) as Dim, right.at(-2) as Dim, 'the inner dimensions differ');
  const dims: Dim[] = broadcastDims(left.slice(0, -2), right.slice(0, -2));
  if (a.length > 1) dims.push(left.at(-2) as Dim);
  if (b.length > 1) dims.push(right.at(-1) as Dim);
  return [{ type: sameTypes(c), dims }];
}

export const LINEAR = [
  operator('Gemm', [2, 3], gemm, {
    attributes: { alpha: float(1), beta: float(1), transA: int(0), transB: int(0) },
  }),
  operator('MatMul', 2, matmul),
];
