import { dataTypeOfCode } from '../data-types.ts';
import type { ValueType } from '../model.ts';
import type { Tensor } from '../tensor.ts';
import {
  float,
  floats,
  type InferenceContext,
  int,
  ints,
  operator,
  string,
  strings,
  tensor,
} from './operator.ts';
import { shapeInput } from './reshaping.ts';

function constant(c: InferenceContext): ValueType[] {
  const kinds: [string, ValueType['type'], number][] = [
    ['value_float', 'float32', 0],
    ['value_floats', 'float32', 1],
    ['value_int', 'int64', 0],
    ['value_ints', 'int64', 1],
    ['value_string', 'string', 0],
    ['value_strings', 'string', 1],
  ];
  const value = c.optional('value') as Tensor | undefined;
  if (value) return [{ type: value.type, dims: value.dims }];
  for (const [name, type, rank] of kinds) {
    const given = c.optional(name);
    if (given !== undefined)
      return [{ type, dims: rank === 0 ? [] : [(given as readonly unknown[]).length] }];
  }
  return c.fail('it has no value');
}

function shape(c: InferenceContext): ValueType[] {
  const rank = c.dims(0).length;
  const clamp = (value: number) => Math.min(Math.max(value < 0 ? value + rank : value, 0), rank);
  const end = (c.optional('end') as number | undefined) ?? rank;
  return [{ type: 'int64', dims: [Math.max(0, clamp(end) - clamp(c.int('start')))] }];
}

function constantOfShape(c: InferenceContext): ValueType[] {
  const value = c.optional('value') as Tensor | undefined;
  return [{ type: value?.type ?? 'float32', dims: shapeInput(c, 0) }];
}

function eyeLike(c: InferenceContext): ValueType[] {
  const code = c.optional('dtype');
  const type = typeof code === 'number' ? dataTypeOfCode(code) : c.type(0);
  return [{ type: type ?? c.fail(`element type ${code} is not supported`), dims: c.dims(0) }];
}

export const CREATION = [
  operator('Constant', 0, constant, {
    attributes: {
      value: tensor(),
      value_float: float(),
      value_floats: floats(),
      value_int: int(),
      value_ints: ints(),
      value_string: string(),
      value_strings: strings(),
    },
  }),
  operator('ConstantOfShape', 1, constantOfShape, { attributes: { value: tensor() } }),
  operator('EyeLike', 1, eyeLike, { attributes: { dtype: int(), k: int(0) } }),
  operator('RandomNormalLike', 1, eyeLike, {
    attributes: { dtype: int(), mean: float(0), scale: float(1), seed: float() },
  }),
  operator('Shape', 1, shape, { attributes: { start: int(0), end: int() } }),
  operator('Size', 1, () => [{ type: 'int64', dims: [] }]),
];
