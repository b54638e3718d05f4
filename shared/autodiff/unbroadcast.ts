import { type Expressions, sameDims } from '../onnx/expressions.ts';

/**
 * Sums a gradient back over the dimensions that broadcasting stretched (ONNX multidirectional broadcasting:
 * aligned at the last dimension). A symbolic dimension is taken to be what it stands opposite to, never a 1.
 */
export function unbroadcast(e: Expressions, gradient: string, input: string): string {
  const to = e.dimsOf(input);
  const from = e.dimsOf(gradient);
  if (sameDims(from, to)) return gradient;
  if (from.length < to.length) return e.expandLike(gradient, input);
  const missing = from.length - to.length;
  const leading = Array.from({ length: missing }, (_, axis) => axis);
  const stretched = to.flatMap((dim, k) => (dim === 1 && from[k + missing] !== 1 ? [k + missing] : []));
  if (stretched.length === 0) return e.sum(gradient, leading, false);
  if (missing === 0) return e.sum(gradient, stretched, true);
  return e.reshapeLike(e.sum(gradient, [...leading, ...stretched], false), input);
}
