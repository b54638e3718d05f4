import type { Expressions } from '../../onnx/expressions.ts';

/**
 * The transpose of a strided slice: places `value` at begin, begin + step, … of a tensor of zeros, along the given
 * axes (ascending), whose results have `sizes` elements. Interleaves zeros by Pad, so it runs on every target.
 */
export function spread(
  e: Expressions,
  value: string,
  axes: readonly number[],
  begins: readonly number[],
  steps: readonly number[],
  sizes: readonly number[],
): string {
  const dims = e.dimsOf(value);
  let result = value;
  const lengths = axes.map((axis) => dims[axis] as number);
  // A single element needs no zeros between.
  const strided = axes.flatMap((_axis, k) => (steps[k]! > 1 && lengths[k]! > 1 ? [k] : []));
  const reach = [...lengths];
  if (strided.length > 0) {
    const inserted = strided.map((k, order) => axes[k]! + 1 + order);
    result = e.unsqueeze(result, inserted);
    const rank = e.dimsOf(result).length;
    const pads = new Array<number>(2 * rank).fill(0);
    strided.forEach((k, order) => {
      pads[rank + inserted[order]!] = steps[k]! - 1;
      reach[k] = lengths[k]! * steps[k]!;
    });
    result = e.pad(result, pads);
    result = mergeAxes(e, result, value, axes, reach);
  }
  const rank = dims.length;
  const pads = new Array<number>(2 * rank).fill(0);
  axes.forEach((axis, k) => {
    pads[axis] = begins[k]!;
    pads[rank + axis] = sizes[k]! - begins[k]! - reach[k]!;
  });
  return e.pad(result, pads);
}

/** Reshape to the dimensions of `like` with new sizes on some axes. */
function mergeAxes(
  e: Expressions,
  value: string,
  like: string,
  axes: readonly number[],
  sizes: readonly number[],
): string {
  const dims = e.dimsOf(like).map((dim, axis) => {
    const k = axes.indexOf(axis);
    return k < 0 ? dim : sizes[k]!;
  });
  if (dims.filter((dim) => typeof dim === 'string').length <= 1) {
    return e.reshape(
      value,
      dims.map((dim) => (typeof dim === 'number' ? dim : -1)),
    );
  }
  const parts = dims.map((dim, axis) => (typeof dim === 'number' ? e.ints([dim]) : e.dim(like, axis)));
  return e.op('Reshape', [value, e.concat(parts, 0)]);
}
