import type { InputSpec, Spec } from './spec.ts';

function ints(...values: number[]): InputSpec {
  return { dims: [values.length], type: 'int64', values };
}
function intsFed(...values: number[]): InputSpec {
  return { ...ints(...values), constant: false };
}
const absent: InputSpec = { dims: [], absent: true };

function one(
  op: string,
  about: string | undefined,
  dims: number[],
  rest: InputSpec[] = [],
  more: Partial<Spec> = {},
): Spec {
  return { op, about, inputs: [{ dims }, ...rest], check: 'float64', ...more };
}

export const shapeSpecs: readonly Spec[] = [
  one('Reshape', undefined, [2, 6], [ints(3, 4)], { twice: true }),
  one('Reshape', 'with 0 and -1, symbolic batch', [2, 6], [ints(0, 3, -1)], { batch: true }),
  one('Flatten', undefined, [2, 3, 2], [], { batch: true }),
  one('Flatten', 'axis 2', [2, 3, 2], [], { attributes: { axis: 2 } }),
  one('Squeeze', undefined, [2, 1, 3], [ints(1)], { batch: true }),
  one('Squeeze', 'all', [1, 2, 1, 3]),
  one('Unsqueeze', undefined, [2, 3], [ints(0, -1)]),
  one('Expand', undefined, [3, 1], [ints(2, 3, 4)]),
  one('Expand', 'to fewer dimensions', [2, 3, 1], [ints(1, 4)]),
  one('Transpose', undefined, [2, 3]),
  one('Transpose', 'perm', [2, 3, 4], [], { attributes: { perm: [1, 2, 0] }, twice: true }),
  {
    op: 'Concat',
    attributes: { axis: 1 },
    inputs: [{ dims: [2, 3] }, { dims: [2, 1] }, { dims: [2, 2] }],
    check: 'float64',
    batch: true,
  },
  {
    op: 'Concat',
    about: 'negative axis',
    attributes: { axis: -2 },
    inputs: [{ dims: [2, 3] }, { dims: [1, 3] }],
    check: 'float64',
  },
  {
    op: 'Concat',
    about: 'along the symbolic batch',
    attributes: { axis: 0 },
    inputs: [{ dims: [2, 3] }, { dims: [2, 3] }],
    check: 'float64',
    batch: true,
  },
  one('Split', undefined, [2, 6], [ints(1, 3, 2)], { attributes: { axis: 1 }, outputs: 3, used: [0, 1, 2] }),
  one('Split', 'one output is not used', [2, 6], [], {
    attributes: { axis: 1, num_outputs: 3 },
    outputs: 3,
    used: [0, 2],
    batch: true,
  }),
  one('Slice', undefined, [4, 5], [ints(1, 0), ints(3, 4), ints(0, 1)], { twice: true }),
  one('Slice', 'negative starts and ends', [4, 5], [ints(-3), ints(-1), ints(-1)], { batch: true }),
  one('Slice', 'steps', [7, 8], [ints(1, 0), ints(7, 8), ints(0, 1), ints(2, 3)]),
  one('Slice', 'negative steps', [7, 8], [ints(-1, 6), ints(-100, 0), ints(1, 0), ints(-2, -1)]),
  one('Slice', 'backwards from the middle', [7, 8], [ints(4, 6), ints(-100, 1), ints(0, 1), ints(-2, -1)]),
  one('Slice', 'backwards and forwards', [6, 7], [ints(-3, 1), ints(0, 6), ints(-1, 0), ints(-1, 2)]),
  one('Slice', 'far ends', [4, 5], [ints(2), ints(9007199254740991), ints(0)]),
  one('Slice', 'computed starts', [4, 5], [intsFed(1), intsFed(3), ints(0)], { result: [2, 5] }),
  one('Pad', undefined, [2, 3], [ints(1, 0, 2, 1)], { twice: true }),
  one('Pad', 'value', [2, 3], [ints(1, 0, 2, 1), { dims: [], values: [0.4] }]),
  one('Pad', 'negative', [4, 5], [ints(-1, 1, 1, -2)]),
  one('Pad', 'axes', [2, 3, 2], [ints(1, 2), absent, ints(-2)], { batch: true }),
  one('Pad', 'computed pads', [2, 3], [intsFed(1, 0, 2, 1)], { result: [5, 4] }),
  ...['reflect', 'edge', 'wrap'].flatMap((mode): Spec[] => [
    one('Pad', mode, [4, 3], [ints(2, 1, 3, 2)], { attributes: { mode } }),
    one('Pad', `${mode}, symbolic batch`, [2, 4], [ints(0, 2, 0, 3)], { attributes: { mode }, batch: true }),
    one('Pad', `${mode}, computed pads`, [4, 3], [intsFed(2, 1, 3, 2)], {
      attributes: { mode },
      result: [9, 6],
    }),
  ]),
  one('Tile', undefined, [2, 3], [ints(2, 3)], { batch: true }),
  one('Tile', 'computed repeats', [2, 3], [intsFed(2, 3)], { result: [4, 9] }),
  one('Trilu', undefined, [3, 4]),
  one('Trilu', 'lower, k', [2, 4, 4], [{ dims: [], type: 'int64', values: [-1] }], {
    attributes: { upper: 0 },
  }),
  one('CumSum', undefined, [3, 4], [{ dims: [], type: 'int64', values: [1] }]),
  one('CumSum', 'exclusive, reverse', [3, 4], [{ dims: [], type: 'int64', values: [0] }], {
    attributes: { exclusive: 1, reverse: 1 },
  }),
  one('DepthToSpace', 'DCR', [2, 8, 2, 3], [], { attributes: { blocksize: 2 }, batch: true }),
  one('DepthToSpace', 'CRD', [2, 8, 2, 3], [], { attributes: { blocksize: 2, mode: 'CRD' } }),
  one('SpaceToDepth', undefined, [2, 2, 4, 6], [], { attributes: { blocksize: 2 }, batch: true }),
];

function index(dims: number[], ...values: number[]): InputSpec {
  return { dims, type: 'int64', values, constant: false };
}
function indexConstant(dims: number[], ...values: number[]): InputSpec {
  return { dims, type: 'int64', values };
}

export const indexingSpecs: readonly Spec[] = [
  one(
    'Gather',
    'int32 indices, as token ids',
    [4, 3],
    [{ dims: [2, 2], type: 'int32', values: [1, 0, 1, -1], constant: false }],
  ),
  one('Gather', 'repeated rows', [4, 3], [index([2, 2], 1, 0, 1, 3)]),
  one('Gather', 'negative indices', [4, 3], [index([3], -1, 1, -4)]),
  one('Gather', 'axis 1', [2, 4, 3], [index([2, 2], 1, 0, 1, 3)], { attributes: { axis: 1 } }),
  one('Gather', 'last axis, symbolic batch', [2, 4], [index([3], 1, 0, 1)], {
    attributes: { axis: -1 },
    batch: true,
  }),
  one('Gather', 'a constant scalar', [2, 4, 3], [indexConstant([], 2)], {
    attributes: { axis: 1 },
    batch: true,
  }),
  one('Gather', 'a constant of one', [4, 3], [indexConstant([1], -1)]),
  one('Gather', 'a fed scalar', [4, 3], [index([], 2)]),
  one('GatherElements', undefined, [3, 3], [index([2, 3], 1, 2, 0, 2, 0, 0)]),
  one('GatherElements', 'axis 1', [2, 3], [index([2, 4], 1, 2, 0, 2, 0, 0, 1, 1)], {
    attributes: { axis: 1 },
  }),
  one('GatherND', undefined, [3, 4], [index([3, 2], 0, 1, 2, 3, 0, 1)]),
  one('GatherND', 'rows', [3, 4], [index([2, 2, 1], 0, 1, 2, 0)]),
  one('GatherND', 'batch_dims', [2, 3, 4], [index([2, 1], 1, 2)], { attributes: { batch_dims: 1 } }),
  one('GatherND', 'batch_dims, more indices', [2, 3, 4], [index([2, 2, 1], 1, 2, 0, 0)], {
    attributes: { batch_dims: 1 },
  }),
  {
    op: 'TopK',
    inputs: [{ dims: [3, 5], distinct: true }, ints(2)],
    outputs: 2,
    used: [0],
    check: 'float64',
  },
  {
    op: 'TopK',
    about: 'smallest, axis 0',
    attributes: { axis: 0, largest: 0 },
    inputs: [{ dims: [5, 2], distinct: true }, ints(3)],
    outputs: 2,
    used: [0],
    check: 'float64',
  },
  ...['none', 'add', 'mul', 'max', 'min'].flatMap((reduction): Spec[] => [
    {
      op: 'ScatterND',
      about: reduction,
      attributes: { reduction },
      inputs: [{ dims: [4, 3], distinct: true }, index([2, 1], 3, 1), { dims: [2, 3], distinct: true }],
      check: 'float64',
    },
    {
      op: 'ScatterElements',
      about: reduction,
      attributes: { reduction, axis: 1 },
      inputs: [{ dims: [2, 4], distinct: true }, index([2, 2], 3, 1, 0, 2), { dims: [2, 2], distinct: true }],
      check: 'float64',
    },
  ]),
  {
    op: 'ScatterND',
    about: 'add, repeated',
    attributes: { reduction: 'add' },
    inputs: [{ dims: [4, 3] }, index([3, 1], 3, 1, 3), { dims: [3, 3] }],
    check: 'float64',
  },
];

function reduce(
  op: string,
  about: string,
  input: InputSpec,
  axes: InputSpec[],
  attributes: Spec['attributes'] = {},
  more: Partial<Spec> = {},
): Spec {
  return { op, about, attributes, inputs: [input, ...axes], check: 'float64', ...more };
}

const ranges: Readonly<Record<string, Partial<InputSpec>>> = {
  ReduceMax: { distinct: true },
  ReduceMin: { distinct: true },
  ReduceL1: { avoid: [0] },
  ReduceL2: { avoid: [0] },
  ReduceLogSum: { range: [0.2, 2] },
  ReduceProd: { range: [0.4, 1.6] },
};

export const reductionSpecs: readonly Spec[] = [
  'ReduceSum',
  'ReduceMean',
  'ReduceMax',
  'ReduceMin',
  'ReduceProd',
  'ReduceL1',
  'ReduceL2',
  'ReduceLogSum',
  'ReduceLogSumExp',
  'ReduceSumSquare',
]
  .flatMap((op): Spec[] => {
    const input = { dims: [2, 3, 4], ...ranges[op] };
    return [
      reduce(op, 'all axes', input, [], {}, { batch: true }),
      reduce(op, 'axes, kept', input, [ints(2, 0)], {}),
      reduce(op, 'negative axis, not kept', input, [ints(-2)], { keepdims: 0 }, { batch: true }),
      reduce(op, 'noop_with_empty_axes', input, [ints()], { noop_with_empty_axes: 1 }),
    ];
  })
  .concat([
    reduce('ReduceProd', 'zeros', { dims: [3, 3], values: [0, 2, 3, 0.5, 2, 1.5, 0, 0, 2] }, [ints(1)], {
      keepdims: 0,
    }),
    reduce(
      'ReduceMean',
      'over the symbolic batch',
      { dims: [3, 2] },
      [ints(0)],
      { keepdims: 0 },
      { batch: true },
    ),
  ]);
