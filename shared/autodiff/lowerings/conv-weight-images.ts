import type { Expressions } from '../../onnx/expressions.ts';
import { tapSlices } from './columns.ts';
import type { WeightGradient } from './conv-weight.ts';

/** Columns and a product for each image, summed over the batch: few channels, few kernels to start on a GPU. */
export function weightByImages(
  e: Expressions,
  { input, gradient, weight, window, groups }: WeightGradient,
): string {
  const sizes = e.dimsOf(gradient).slice(2) as number[];
  const channels = (e.dimsOf(input)[1] as number) / groups;
  const outputs = (e.dimsOf(gradient)[1] as number) / groups;
  const positions = sizes.reduce((a, b) => a * b, 1);
  const columns = tapSlices(e, input, window, sizes, 2).map((tap) =>
    e.reshape(tap, [-1, groups, channels, positions]),
  );
  // [N, G, positions, O / G]
  const g = e.transpose(e.reshape(gradient, [-1, groups, outputs, positions]), [0, 1, 3, 2]);
  // [G, taps * C / G, O / G], tap-major: what Concat gives without interleaving.
  const product = e.sum(e.op('MatMul', [e.concat(columns, 2), g]), [0], false);
  const perTap = e.reshape(product, [groups, columns.length, channels, outputs]);
  return e.reshapeLike(e.transpose(perTap, [0, 3, 2, 1]), weight);
}
