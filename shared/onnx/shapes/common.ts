import { FLOAT_TYPES } from '../data-types.ts';
import { broadcastDims } from '../dims.ts';
import type { Dim, ValueType } from '../model.ts';
import type { DataType } from '../tensor.ts';
import type { InferenceContext } from './operator.ts';

/** Output 0 is like input 0. */
export const like = (c: InferenceContext): ValueType[] => [c.input(0)];

/** Output 0 is like input 0, which must be floating point. */
export function likeFloat(c: InferenceContext): ValueType[] {
  requireFloat(c, 0);
  return [c.input(0)];
}

export function requireFloat(c: InferenceContext, index: number): void {
  if (!FLOAT_TYPES.has(c.type(index))) {
    c.fail(`input ${index} is ${c.type(index)}; this operator takes floating point: put a Cast before it`);
  }
}

/** All inputs present from `first` to `last` have the type of `first`. */
export function sameTypes(c: InferenceContext, first = 0, last = c.inputs.length - 1): DataType {
  const type = c.type(first);
  for (let i = first + 1; i <= last; i++) {
    if (c.has(i) && c.type(i) !== type) {
      c.fail(
        `inputs ${first} and ${i} differ in type: ${type} and ${c.type(i)}; put a Cast before one of them`,
      );
    }
  }
  return type;
}

/** The broadcast of some inputs' shapes (all by default). */
export function broadcastInputs(c: InferenceContext, indices = [...c.inputs.keys()]): readonly Dim[] {
  return indices.reduce<readonly Dim[]>((dims, index) => broadcastDims(dims, c.dims(index)), []);
}

/** An elementwise operator of same-typed, broadcast inputs. */
export function broadcast(c: InferenceContext): ValueType[] {
  return [{ type: sameTypes(c), dims: broadcastInputs(c) }];
}

/** An elementwise operator whose output has a type of its own. */
export const broadcastTo =
  (type: DataType) =>
  (c: InferenceContext): ValueType[] => {
    sameTypes(c);
    return [{ type, dims: broadcastInputs(c) }];
  };

/** Two dimensions that must be the same; only two different numbers are surely not. */
export function mustEqual(c: InferenceContext, a: Dim, b: Dim, what: string): Dim {
  if (typeof a === 'number' && typeof b === 'number' && a !== b) c.fail(`${what}: ${a} against ${b}`);
  return typeof a === 'number' ? a : b;
}

export function requireRank(c: InferenceContext, index: number, rank: number): readonly Dim[] {
  const dims = c.dims(index);
  if (dims.length !== rank) c.fail(`input ${index} has ${dims.length} dimensions; it must have ${rank}`);
  return dims;
}

export function requireAtLeast(c: InferenceContext, index: number, rank: number): readonly Dim[] {
  const dims = c.dims(index);
  if (dims.length < rank) {
    c.fail(`input ${index} has ${dims.length} dimensions; it must have at least ${rank}`);
  }
  return dims;
}

/** Axes given as input `index` (constants), each in [0, rank), or undefined where they are not known. */
export function axesInput(c: InferenceContext, index: number, rank: number): number[] | undefined {
  return c.numbers(index)?.map((axis) => c.axis(axis, rank));
}
