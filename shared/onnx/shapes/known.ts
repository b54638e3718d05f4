import { product } from '../dims.ts';
import type { Dim, ValueType } from '../model.ts';
import { StoredTensor } from '../stored-tensor.ts';
import type { Tensor } from '../tensor.ts';
import type { InferenceContext, Known } from './operator.ts';

/** Beyond this many elements a tensor is data, not a shape. */
export const MOST_ELEMENTS = 1024;

/**
 * Larger floats are masks and the like, no sizes on their way to one: with those below it, sums and products are exact. Of
 * whole numbers what is not exact is none either, as the largest int64 of a Slice to the end.
 */
const MOST_FLOAT = 2 ** 26;

export type Fold = (c: InferenceContext, types: readonly ValueType[]) => readonly (Known | undefined)[];

/** The values of a small numeric tensor. */
export function knownOf(tensor: Tensor): Known | undefined {
  // Those in a file are larger.
  if (tensor instanceof StoredTensor) return undefined;
  const { data, dims, type } = tensor;
  if (data.length > MOST_ELEMENTS || Array.isArray(data) || type === 'float16' || type === 'bfloat16')
    return undefined;
  return { dims, values: Array.from(data as ArrayLike<number | bigint>, Number) };
}

/** `values` under the inferred shape of output 0, if that is all numbers and fits. */
export function result(
  types: readonly ValueType[],
  values: readonly Dim[] | undefined,
): (Known | undefined)[] {
  const dims = types[0]?.dims ?? [];
  if (!values || values.length > MOST_ELEMENTS || !dims.every((dim) => typeof dim === 'number')) return [];
  return product(dims) === values.length ? [{ dims: dims as number[], values }] : [];
}

/** The same values in another shape. */
export const same: Fold = (c, types) => result(types, c.known(0)?.values);

/** One input alone; undefined results are unknown. */
export const unary =
  (apply: (value: Dim) => Dim | undefined): Fold =>
  (c, types) =>
    result(types, every(c.known(0)?.values.map(apply)));

/** Elementwise over two inputs of equal shape, or of which one is a single value. */
export const binary =
  (apply: (a: Dim, b: Dim, c: InferenceContext) => Dim | undefined): Fold =>
  (c, types) => {
    const [a, b] = [c.known(0)?.values, c.known(1)?.values];
    if (!a || !b || !(a.length === b.length || a.length === 1 || b.length === 1)) return [];
    const length = a.length === 1 ? b.length : a.length;
    const pick = (values: readonly Dim[], i: number) => values[values.length === 1 ? 0 : i] as Dim;
    const most = /int/.test(types[0]?.type ?? '') ? Number.MAX_SAFE_INTEGER : MOST_FLOAT;
    if (![...a, ...b].every((value) => typeof value !== 'number' || Math.abs(value) <= most)) return [];
    const values = Array.from({ length }, (_, i) => apply(pick(a, i), pick(b, i), c));
    return result(types, every(values));
  };

export function every(values: readonly (Dim | undefined)[] | undefined): readonly Dim[] | undefined {
  return values?.every((value) => value !== undefined) ? (values as readonly Dim[]) : undefined;
}

export const numeric = (apply: (a: number, b: number) => number) =>
  binary((a, b) => (typeof a === 'number' && typeof b === 'number' ? apply(a, b) : undefined));

export const numericUnary = (apply: (value: number) => number) =>
  unary((value) => (typeof value === 'number' ? apply(value) : undefined));
