import { product } from '../dims.ts';
import type { Expressions } from '../expressions.ts';
import type { Dim } from '../model.ts';
import { float32 } from '../tensor.ts';

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
  // 0 copies the dimension at the same place.
  const copied = dims.map((dim, k) => (typeof dim === 'string' && dim === from[k] ? 0 : dim));
  const rest = copied.filter((dim) => typeof dim === 'string').length;
  if (rest <= 1 && !dims.includes(0)) {
    return e.op('Reshape', [value, e.ints(copied.map((dim) => (typeof dim === 'number' ? dim : -1)))]);
  }
  return e.op('Reshape', [value, shapeFrom(e, parts)]);
}

/** A longer range is computed where it is needed. */
const MOST_STORED = 2 ** 16;

/** 0, 1, 2, ... along an axis of a value, float32 [n]. */
export function positions(e: Expressions, value: string, axis: number): string {
  const dim = e.dimsOf(value).at(axis);
  if (typeof dim === 'number' && dim <= MOST_STORED) {
    return e.constant(
      float32(
        [dim],
        Float32Array.from({ length: dim }, (_, k) => k),
      ),
    );
  }
  const rank = e.dimsOf(value).length;
  const size = e.op('Squeeze', [e.dim(value, axis < 0 ? axis + rank : axis), e.ints([0])]);
  return e.cast(e.op('Range', [e.scalar(0, 'int64'), size, e.scalar(1, 'int64')]), 'float32');
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
