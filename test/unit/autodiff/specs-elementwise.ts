import type { InputSpec, Spec } from './spec.ts';

const plain: InputSpec = { dims: [2, 3] };
const positive: InputSpec = { dims: [2, 3], range: [0.3, 2] };
const awayFromZero: InputSpec = { dims: [2, 3], range: [-2, 2], avoid: [0] };

function unary(op: string, check: Spec['check'], input: InputSpec = plain, more: Partial<Spec> = {}): Spec {
  return { op, inputs: [input], check, ...more };
}

const attributeFree: Spec[] = [
  unary('Identity', 'float64'),
  unary('Neg', 'float64'),
  unary('Abs', 'float64', awayFromZero),
  unary('Exp', 'float64', plain, { twice: true }),
  unary('Log', 'float64', positive, { twice: true }),
  unary('Sqrt', 'float64', positive, { twice: true }),
  unary('Reciprocal', 'float64', positive, { twice: true }),
  unary('Sin', 'float64', plain, { twice: true }),
  unary('Cos', 'float64', plain, { twice: true }),
  unary('Tan', 'oracle'),
  unary('Asin', 'oracle', { dims: [2, 3], range: [-0.9, 0.9] }),
  unary('Acos', 'oracle', { dims: [2, 3], range: [-0.9, 0.9] }),
  unary('Atan', 'oracle', awayFromZero),
  unary('Sinh', 'oracle'),
  unary('Cosh', 'oracle'),
  unary('Tanh', 'float64', plain, { twice: true }),
  unary('Asinh', 'oracle', awayFromZero),
  unary('Acosh', 'oracle', { dims: [2, 3], range: [1.2, 3] }),
  unary('Atanh', 'oracle', { dims: [2, 3], range: [-0.9, 0.9] }),
  unary('Erf', 'oracle', awayFromZero),
  unary('Cast', 'float64', plain, { attributes: { to: 'float32' }, check: 'float32' }),
];

const binary: Spec[] = [
  ...['Add', 'Sub', 'Mul'].flatMap((op): Spec[] => [
    { op, inputs: [plain, plain], check: 'float64', twice: true },
    {
      op,
      about: 'a row is broadcast',
      inputs: [{ dims: [4, 3] }, { dims: [3] }],
      check: 'float64',
      batch: true,
    },
    { op, about: 'both are broadcast', inputs: [{ dims: [2, 1, 3] }, { dims: [4, 1] }], check: 'float64' },
    { op, about: 'a scalar', inputs: [{ dims: [] }, { dims: [2, 3] }], check: 'float64' },
  ]),
  { op: 'Div', inputs: [plain, positive], check: 'float64', twice: true },
  {
    op: 'Div',
    about: 'broadcast',
    inputs: [{ dims: [3] }, { dims: [2, 3], range: [0.4, 2] }],
    check: 'float64',
  },
  { op: 'Pow', inputs: [positive, { dims: [2, 3], range: [-2, 3] }], check: 'float64', twice: true },
  {
    op: 'Pow',
    about: 'squared',
    inputs: [plain, { dims: [], values: [2], constant: true }],
    check: 'float64',
  },
  { op: 'Pow', about: 'cubed', inputs: [plain, { dims: [], values: [3], constant: true }], check: 'float64' },
  {
    op: 'Pow',
    about: 'constant 2.5',
    inputs: [positive, { dims: [], values: [2.5], constant: true }],
    check: 'float64',
  },
  {
    op: 'Pow',
    about: 'integer exponents',
    inputs: [plain, { dims: [3], values: [2, 3, 1], type: 'int64', constant: false }],
    check: 'float64',
  },
  {
    op: 'Mod',
    about: 'fmod',
    attributes: { fmod: 1 },
    inputs: [
      { dims: [4], values: [5.3, -4.2, 3.6, -1.4] },
      { dims: [4], values: [2.1, 1.9, -1.7, 0.9] },
    ],
    check: 'float64',
  },
  ...['Max', 'Min'].flatMap((op): Spec[] => [
    {
      op,
      inputs: [
        { dims: [2, 3], distinct: true },
        { dims: [2, 3], distinct: true, range: [-0.9, 0.92] },
      ],
      check: 'float64',
    },
    {
      op,
      about: 'three, broadcast',
      inputs: [
        { dims: [2, 3], distinct: true },
        { dims: [3], distinct: true, range: [-0.5, 0.53] },
        { dims: [], values: [0.05] },
      ],
      check: 'float64',
    },
    { op, about: 'one', inputs: [plain], check: 'float64' },
  ]),
  { op: 'Sum', inputs: [plain, { dims: [3] }, { dims: [2, 1] }], check: 'float64' },
  { op: 'Mean', inputs: [plain, { dims: [3] }, { dims: [2, 1] }], check: 'oracle' },
  {
    op: 'Clip',
    inputs: [
      { dims: [8], distinct: true, range: [-2, 2] },
      { dims: [], values: [-1.1] },
      { dims: [], values: [0.7] },
    ],
    check: 'float64',
  },
  {
    op: 'Clip',
    about: 'no minimum',
    inputs: [
      { dims: [8], distinct: true },
      { dims: [], absent: true },
      { dims: [], values: [0.3] },
    ],
    check: 'float64',
  },
  {
    op: 'Clip',
    about: 'no maximum',
    inputs: [
      { dims: [8], distinct: true },
      { dims: [], values: [0.3] },
    ],
    check: 'float64',
  },
  {
    op: 'Where',
    inputs: [{ dims: [2, 1], type: 'bool', values: [1, 0] }, { dims: [2, 3] }, { dims: [3] }],
    check: 'float64',
  },
];

export const elementwiseSpecs: readonly Spec[] = [...attributeFree, ...binary];

const kinked: InputSpec = { dims: [2, 8], range: [-3, 3], avoid: [0] };

export const activationSpecs: readonly Spec[] = [
  unary('Relu', 'float64', kinked, { batch: true }),
  unary('LeakyRelu', 'oracle', kinked),
  unary('LeakyRelu', 'oracle', kinked, { about: 'alpha', attributes: { alpha: 0.3 } }),
  { op: 'PRelu', inputs: [kinked, { dims: [8] }], check: 'oracle' },
  {
    op: 'PRelu',
    about: 'per channel',
    inputs: [{ dims: [2, 3, 4], avoid: [0] }, { dims: [3, 1] }],
    check: 'oracle',
  },
  unary('Elu', 'oracle', kinked),
  unary('Elu', 'oracle', kinked, { about: 'alpha', attributes: { alpha: 1.7 } }),
  unary('Selu', 'oracle', kinked),
  unary('Celu', 'oracle', kinked),
  unary('Celu', 'oracle', kinked, { about: 'alpha', attributes: { alpha: 1.7 } }),
  unary('ThresholdedRelu', 'oracle', { ...kinked, avoid: [0.8] }, { attributes: { alpha: 0.8 } }),
  unary('Shrink', 'oracle', { ...kinked, avoid: [-0.6, 0.6] }, { attributes: { lambd: 0.6, bias: 0.2 } }),
  unary('HardSigmoid', 'oracle', { dims: [2, 8], range: [-4, 4], avoid: [-2.5, 2.5] }),
  unary('HardSwish', 'oracle', { dims: [2, 8], range: [-5, 5], avoid: [-3, 3] }),
  unary('Sigmoid', 'float64', kinked, { twice: true }),
  unary('Softplus', 'oracle', kinked),
  unary('Softsign', 'oracle', kinked),
  unary('Mish', 'oracle', kinked),
  unary('Mish', 'oracle', { dims: [4], values: [-40, 40, 100, -100] }, { about: 'large values' }),
  unary('Gelu', 'oracle', kinked),
  unary('Gelu', 'oracle', kinked, { about: 'tanh', attributes: { approximate: 'tanh' } }),
];

export const softmaxSpecs: readonly Spec[] = [
  ...['Softmax', 'LogSoftmax'].flatMap((op): Spec[] => [
    { op, inputs: [{ dims: [3, 5], range: [-2, 2] }], check: 'float64', batch: true, twice: true },
    { op, about: 'axis 1 of 3', attributes: { axis: 1 }, inputs: [{ dims: [2, 4, 3] }], check: 'float64' },
  ]),
];

const integers: InputSpec = { dims: [4], type: 'int64', values: [3, 1, 2, 5] };
export const zeroSpecs: readonly Spec[] = [
  ...['Sign', 'Floor', 'Ceil', 'Round', 'Hardmax', 'Shape', 'Size', 'ArgMax', 'ArgMin', 'IsNaN', 'IsInf'].map(
    (op): Spec => ({ op, inputs: [{ dims: [2, 3], range: [-2, 2] }], check: 'zero' }),
  ),
  ...['Equal', 'Greater', 'GreaterOrEqual', 'Less', 'LessOrEqual'].map(
    (op): Spec => ({ op, inputs: [plain, plain], check: 'zero' }),
  ),
  ...['And', 'Or', 'Xor'].map(
    (op): Spec => ({
      op,
      inputs: [
        { dims: [2], type: 'bool', values: [1, 0] },
        { dims: [2], type: 'bool', values: [1, 1] },
      ],
      check: 'zero',
    }),
  ),
  ...['BitwiseAnd', 'BitwiseOr', 'BitwiseXor'].map(
    (op): Spec => ({ op, inputs: [integers, integers], check: 'zero' }),
  ),
  { op: 'BitwiseNot', inputs: [integers], check: 'zero' },
  {
    op: 'BitShift',
    attributes: { direction: 'LEFT' },
    inputs: [1, 2].map((value): InputSpec => ({ dims: [1], type: 'uint8', values: [value] })),
    check: 'zero',
  },
  { op: 'NonZero', inputs: [{ dims: [2, 3] }], result: [2, 6], check: 'zero' },
  { op: 'Not', inputs: [{ dims: [2], type: 'bool', values: [1, 0] }], check: 'zero' },
  { op: 'Constant', attributes: { value_floats: [1, 2] }, inputs: [], check: 'zero' },
  { op: 'ConstantOfShape', inputs: [integers], check: 'zero' },
  { op: 'EyeLike', inputs: [plain], check: 'zero' },
  { op: 'RandomNormalLike', inputs: [plain], check: 'zero' },
  {
    op: 'Range',
    inputs: [0, 4, 1].map((value): InputSpec => ({ dims: [], type: 'int64', values: [value] })),
    check: 'zero',
  },
];
