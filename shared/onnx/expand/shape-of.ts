import { product } from '../dims.ts';
import type { Expressions } from '../expressions.ts';
import type { Dim } from '../model.ts';

/** Axes of values whose sizes are multiplied to one dimension of a new shape; numbers stand for themselves. */
export type Part = number | { readonly value: string; readonly axes: readonly number[] };

/**
 * Reshapes to dimensions that are computed from those of other values: a constant shape where at most one of them is
 * not known as a number, else written with Shape.
 */
export function reshapeTo(e: Expressions, value: string, parts: readonly Part[]): string {
  const dims = parts.map((part) => dimOf(e, part));
  const open = dims.filter((dim) => typeof dim === 'string').length;
  const from = e.dimsOf(value);
  if (from.length === dims.length && from.every((dim, k) => dim === dims[k])) return value;
  if (open === 0 || (open === 1 && !dims.includes(0))) {
    const shape = dims.map((dim) => (typeof dim === 'number' ? dim : -1));
    return e.op('Reshape', [value, e.ints(shape)], shape.includes(0) ? { allowzero: 1 } : {});
  }
  return e.op('Reshape', [value, shapeFrom(e, parts)]);
}

/** A shape as int64 data. */
export function shapeFrom(e: Expressions, parts: readonly Part[]): string {
  const dims = parts.map((part) => dimOf(e, part));
  if (dims.every((dim) => typeof dim === 'number')) return e.ints(dims);
  const pieces = parts.map((part, k) => {
    const dim = dims[k];
    if (typeof dim === 'number') return e.ints([dim]);
    const { value, axes } = part as Exclude<Part, number>;
    const sizes = axes.map((axis) => e.dim(value, axis));
    return sizes.reduce((a, b) => e.op('Mul', [a, b]));
  });
  return e.concat(pieces, 0);
}

function dimOf(e: Expressions, part: Part): Dim {
  if (typeof part === 'number') return part;
  const dims = e.dimsOf(part.value);
  return product(part.axes.map((axis) => dims.at(axis) as Dim));
}
