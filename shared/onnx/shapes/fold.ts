import { add, divide, multiply, product, subtract } from '../dims.ts';
import type { Dim, ValueType } from '../model.ts';
import type { Tensor } from '../tensor.ts';
import {
  binary,
  every,
  type Fold,
  knownOf,
  MOST_ELEMENTS,
  numeric,
  numericUnary,
  result,
  same,
  unary,
} from './known.ts';
import type { InferenceContext, Known } from './operator.ts';

/** The values of a node's outputs where they follow from known inputs: folding of shape computations. */
export function foldNode(c: InferenceContext, types: readonly ValueType[]): readonly (Known | undefined)[] {
  const fold = FOLDS[c.node.op];
  return fold ? fold(c, types) : [];
}

const isInteger = (c: InferenceContext) => /int/.test(c.type(0));

/** Integer division truncates; on dimensions, which are not negative, that is the floor. */
function quotient(a: Dim, b: Dim, c: InferenceContext): Dim | undefined {
  if (b === 0) return undefined;
  if (typeof a === 'number' && typeof b === 'number') return isInteger(c) ? Math.trunc(a / b) : a / b;
  return isInteger(c) ? divide(a, b) : undefined;
}

/** A dimension that is a symbol is never negative, so it differs from every negative number. */
function equal(a: Dim, b: Dim): Dim | undefined {
  if (a === b) return 1;
  if (typeof a === 'number' && typeof b === 'number') return 0;
  return (typeof a === 'number' && a < 0) || (typeof b === 'number' && b < 0) ? 0 : undefined;
}

const where: Fold = (c, types) => {
  const [condition, a, b] = [0, 1, 2].map((i) => c.known(i)?.values);
  if (!condition || !a || !b) return [];
  const length = Math.max(condition.length, a.length, b.length);
  if ([condition, a, b].some((values) => values.length !== 1 && values.length !== length)) return [];
  const at = (values: readonly Dim[], i: number) => values[values.length === 1 ? 0 : i] as Dim;
  return result(
    types,
    Array.from({ length }, (_, i) => at(at(condition, i) === 0 ? b : a, i)),
  );
};

const gather: Fold = (c, types) => {
  const data = c.known(0);
  const indices = c.numbers(1);
  if (data?.dims.length !== 1 || !indices) return [];
  return result(types, every(indices.map((index) => data.values.at(index))));
};

const concat: Fold = (c, types) => {
  const parts = every(c.inputs.map((_, i) => c.known(i)) as never) as unknown as Known[] | undefined;
  if (!parts?.every((part) => part.dims.length === 1)) return [];
  return result(
    types,
    parts.flatMap((part) => part.values),
  );
};

const slice: Fold = (c, types) => {
  const data = c.known(0);
  const bounds = [1, 2].map((i) => c.numbers(i)?.[0]);
  const step = c.has(4) ? c.numbers(4)?.[0] : 1;
  if (data?.dims.length !== 1 || bounds.includes(undefined) || step === undefined || step === 0) return [];
  const [start, end] = bounds as [number, number];
  if (step === 1) return result(types, data.values.slice(start, end));
  const length = data.values.length;
  const position = (value: number) => (value < 0 ? Math.max(value + length, -1) : Math.min(value, length));
  const values: Dim[] = [];
  const last = position(end);
  for (
    let i = Math.min(position(start), step < 0 ? length - 1 : length);
    step > 0 ? i < last : i > last;
    i += step
  ) {
    values.push(data.values[i] as Dim);
  }
  return result(types, values);
};

const shape: Fold = (c, types) => {
  const dims = c.dims(0);
  return result(types, dims.slice(c.int('start'), c.optional('end') as number | undefined));
};

const fill: Fold = (c, types) => {
  const tensor = c.optional('value') as Tensor | undefined;
  const value = tensor ? knownOf(tensor)?.values[0] : 0;
  const size = product(types[0]?.dims ?? []);
  if (value === undefined || typeof size !== 'number' || size > MOST_ELEMENTS) return [];
  return result(types, new Array<Dim>(size).fill(value));
};

const range: Fold = (c, types) => {
  const [start, , step] = [0, 1, 2].map((i) => c.numbers(i)?.[0]);
  const length = types[0]?.dims[0];
  if (start === undefined || step === undefined || typeof length !== 'number' || length > MOST_ELEMENTS)
    return [];
  return result(
    types,
    Array.from({ length }, (_, i) => start + i * step),
  );
};

/** A reduction of a whole vector. */
const reduce =
  (apply: (values: readonly Dim[]) => Dim | undefined): Fold =>
  (c, types) => {
    const known = c.known(0);
    const value = known && product(types[0]?.dims ?? []) === 1 ? apply(known.values) : undefined;
    return result(types, value === undefined ? undefined : [value]);
  };

const expand: Fold = (c, types) => {
  const values = c.known(0)?.values;
  const size = product(types[0]?.dims ?? []);
  if (values?.length !== 1 || typeof size !== 'number' || size > MOST_ELEMENTS) return [];
  return result(types, new Array<Dim>(size).fill(values[0] as Dim));
};

const split: Fold = (c, types) => {
  const known = c.known(0);
  if (known?.dims.length !== 1) return [];
  let at = 0;
  return types.map((type) => {
    const size = type.dims[0];
    if (typeof size !== 'number') return undefined;
    at += size;
    return { dims: [size], values: known.values.slice(at - size, at) };
  });
};

const constant: Fold = (c, types) => {
  const tensor = c.optional('value') as Tensor | undefined;
  if (tensor) return [knownOf(tensor)];
  const given =
    c.optional('value_int') ??
    c.optional('value_ints') ??
    c.optional('value_float') ??
    c.optional('value_floats');
  return result(types, typeof given === 'number' ? [given] : (given as readonly number[] | undefined));
};

const FOLDS: Readonly<Record<string, Fold>> = {
  Constant: constant,
  ConstantOfShape: fill,
  Shape: shape,
  Size: (c, types) => result(types, [product(c.dims(0))]),
  Range: range,
  Identity: same,
  Reshape: same,
  Flatten: same,
  Squeeze: same,
  Unsqueeze: same,
  Gather: gather,
  Concat: concat,
  Slice: slice,
  Split: split,
  Expand: expand,
  Where: where,
  Cast: (c, types) =>
    /int|bool/.test(types[0]?.type ?? '')
      ? unary((value) => (typeof value === 'number' ? castInteger(value, types[0]?.type === 'bool') : value))(
          c,
          types,
        )
      : same(c, types),
  Add: binary(add),
  Sub: binary(subtract),
  Mul: binary(multiply),
  Div: binary(quotient),
  Mod: numeric((a, b) => a - b * Math.floor(a / b)),
  Max: numeric(Math.max),
  Min: numeric(Math.min),
  Neg: unary((value) => multiply(value, -1)),
  Abs: numericUnary(Math.abs),
  Floor: numericUnary(Math.floor),
  Ceil: numericUnary(Math.ceil),
  Sqrt: numericUnary(Math.sqrt),
  Not: numericUnary((value) => (value === 0 ? 1 : 0)),
  And: numeric((a, b) => a & b),
  Or: numeric((a, b) => a | b),
  Equal: binary(equal),
  Less: numeric((a, b) => Number(a < b)),
  LessOrEqual: numeric((a, b) => Number(a <= b)),
  Greater: numeric((a, b) => Number(a > b)),
  GreaterOrEqual: numeric((a, b) => Number(a >= b)),
  ReduceProd: reduce(product),
  ReduceSum: reduce((values) => values.reduce(add, 0)),
};

function castInteger(value: number, toBool: boolean): number {
  return toBool ? Number(value !== 0) : Math.trunc(value);
}
