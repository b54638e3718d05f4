import { dataTypeOfCode } from '../data-types.ts';
import type { ValueType } from '../model.ts';
import { broadcast, broadcastInputs, broadcastTo, like, likeFloat, sameTypes } from './common.ts';
import { type InferenceContext, int, operator, required, string, VARIADIC } from './operator.ts';

const FLOAT_UNARY = [
  ...['Acos', 'Acosh', 'Asin', 'Asinh', 'Atan', 'Atanh', 'Ceil', 'Cos', 'Cosh', 'Exp', 'Floor', 'Log'],
  ...['Reciprocal', 'Round', 'Sin', 'Sinh', 'Sqrt', 'Tan'],
];
const UNARY = ['Abs', 'Neg', 'Sign', 'Identity', 'BitwiseNot'];
const BINARY = ['Add', 'Sub', 'Mul', 'Div', 'BitwiseAnd', 'BitwiseOr', 'BitwiseXor'];
const COMPARISON = ['Equal', 'Greater', 'GreaterOrEqual', 'Less', 'LessOrEqual'];
const LOGIC = ['And', 'Or', 'Xor'];
const VARIADIC_NAMES = ['Sum', 'Mean', 'Max', 'Min'];

function logic(c: InferenceContext): ValueType[] {
  for (const [i, input] of c.inputs.entries()) {
    if (input?.type !== 'bool') c.fail(`input ${i} is ${input?.type}; this operator takes bool`);
  }
  return [{ type: 'bool', dims: broadcastInputs(c) }];
}

function where(c: InferenceContext): ValueType[] {
  if (c.type(0) !== 'bool') c.fail(`the condition (input 0) is ${c.type(0)}; it must be bool`);
  return [{ type: sameTypes(c, 1, 2), dims: broadcastInputs(c) }];
}

function cast(c: InferenceContext): ValueType[] {
  const type = dataTypeOfCode(c.int('to'));
  if (type === undefined) c.fail(`element type ${c.int('to')} is not supported`);
  return [{ type, dims: c.dims(0) }];
}

const truth = (c: InferenceContext): ValueType[] => [{ type: 'bool', dims: c.dims(0) }];

export const ELEMENTWISE = [
  ...FLOAT_UNARY.map((name) => operator(name, 1, likeFloat)),
  ...UNARY.map((name) => operator(name, 1, like)),
  ...BINARY.map((name) => operator(name, 2, broadcast)),
  ...COMPARISON.map((name) => operator(name, 2, broadcastTo('bool'))),
  ...LOGIC.map((name) => operator(name, 2, logic)),
  ...VARIADIC_NAMES.map((name) => operator(name, VARIADIC, broadcast)),
  operator('Not', 1, logic),
  operator('IsNaN', 1, truth),
  operator('IsInf', 1, truth, { attributes: { detect_negative: int(1), detect_positive: int(1) } }),
  operator('Mod', 2, broadcast, { attributes: { fmod: int(0) } }),
  operator('BitShift', 2, broadcast, { attributes: { direction: required(string()) } }),
  // The exponent may have a type of its own.
  operator('Pow', 2, (c) => [{ type: c.type(0), dims: broadcastInputs(c) }]),
  operator('Where', 3, where),
  operator('Clip', [1, 3], (c) => [{ type: sameTypes(c), dims: c.dims(0) }]),
  operator('Cast', 1, cast, { attributes: { to: required(int()), saturate: int(1) } }),
  operator('CastLike', 2, (c) => [{ type: c.type(1), dims: c.dims(0) }], {
    attributes: { saturate: int(1) },
  }),
];
