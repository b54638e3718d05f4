import type { Expressions } from '../../onnx/expressions.ts';
import { batchLast, columnsOf, tapSlices } from './columns.ts';
import type { WeightGradient } from './conv-weight.ts';

/**
 * The gradient's channels times the input's columns, summed over positions and batch by the product itself: the result
 * lies as the weight does. A product for each group.
 */
export function weightByColumns(e: Expressions, what: WeightGradient): string {
  const { input, gradient, weight, window, groups } = what;
  const sizes = e.dimsOf(gradient).slice(2) as number[];
  const columns = columnsOf(e, input, window, sizes, groups);
  if (groups === 1) {
    const rows = rowsOf(e, gradient);
    return e.reshapeLike(e.op('Gemm', [rows, columns], { transB: 1 }), weight);
  }
  const each = (e.dimsOf(gradient)[1] as number) / groups;
  const rows = e.reshape(batchLast(e, gradient), [groups, each, -1]);
  return e.reshapeLike(e.op('MatMul', [rows, e.transpose(columns, [0, 2, 1])]), weight);
}

/** A product for each tap, over positions and batch, without copying the input's slices side by side. No groups. */
export function weightByTapRows(e: Expressions, { input, gradient, weight, window }: WeightGradient): string {
  const [, channels] = e.dimsOf(input) as readonly number[];
  const sizes = e.dimsOf(gradient).slice(2) as number[];
  const rows = rowsOf(e, gradient);
  const products = tapSlices(e, batchLast(e, input), window, sizes, 1).map((tap) =>
    e.op('Gemm', [rows, e.reshape(tap, [channels!, -1])], { transB: 1 }),
  );
  if (products.length === 1) return e.reshapeLike(products[0]!, weight);
  const stacked = e.concat(
    products.map((product) => e.unsqueeze(product, [0])),
    0,
  );
  return e.reshapeLike(e.transpose(stacked, [1, 2, 0]), weight);
}

/** Depthwise, one output for each channel: per tap, what it reads times the gradient, summed. */
export function weightByTapSums(e: Expressions, { input, gradient, weight, window }: WeightGradient): string {
  const dims = e.dimsOf(gradient);
  const others = dims.flatMap((_, axis) => (axis === 1 ? [] : [axis]));
  const sums = tapSlices(e, input, window, dims.slice(2) as number[], 2).map((tap) =>
    e.unsqueeze(e.sum(e.mul(tap, gradient), others, false), [0]),
  );
  return e.reshapeLike(e.transpose(e.concat(sums, 0), [1, 0]), weight);
}

/** [N, O, positions…] as [O, positions * N]. */
function rowsOf(e: Expressions, gradient: string): string {
  return e.reshape(batchLast(e, gradient), [e.dimsOf(gradient)[1] as number, -1]);
}
