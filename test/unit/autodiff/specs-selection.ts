import type { InputSpec, Spec } from './spec.ts';

const index = (dims: number[], ...values: number[]): InputSpec => ({
  dims,
  type: 'int64',
  values,
  constant: false,
});
const constant = (dims: number[], ...values: number[]): InputSpec => ({ dims, type: 'int64', values });

function select(op: string, about: string, inputs: readonly InputSpec[], more: Partial<Spec> = {}): Spec {
  return { op, about, inputs, check: 'float64', ...more };
}

export const selectionSpecs: readonly Spec[] = [
  select('Compress', 'rows', [{ dims: [4, 3] }, { dims: [3], type: 'bool', values: [1, 0, 1] }], {
    attributes: { axis: 0 },
    result: [2, 3],
  }),
  select('Compress', 'negative axis', [{ dims: [2, 4] }, { dims: [4], type: 'bool', values: [0, 1, 1, 0] }], {
    attributes: { axis: -1 },
    result: [2, 2],
  }),
  select('Compress', 'flat', [{ dims: [2, 3] }, { dims: [5], type: 'bool', values: [0, 1, 1, 0, 1] }], {
    result: [3],
  }),
  select('ReverseSequence', 'time first', [{ dims: [4, 3, 2] }, index([3], 4, 1, 3)]),
  select('ReverseSequence', 'batch first', [{ dims: [3, 4] }, index([3], 2, 4, 1)], {
    attributes: { batch_axis: 0, time_axis: 1 },
  }),
  select('OneHot', 'values', [index([2, 3], 0, 2, 1, -1, 2, 0), constant([], 3), { dims: [2] }], {
    check: 'float32',
  }),
  select('OneHot', 'values, axis 0', [index([4], 0, 3, 1, 3), constant([1], 4), { dims: [2] }], {
    attributes: { axis: 0 },
    check: 'float32',
  }),
  ...['mul', 'max', 'min'].flatMap((reduction): Spec[] => [
    select(
      'ScatterND',
      `${reduction}, repeated`,
      [{ dims: [4, 2], distinct: true }, index([4, 1], 3, 1, 3, 3), { dims: [4, 2], distinct: true }],
      { attributes: { reduction } },
    ),
    select(
      'ScatterElements',
      `${reduction}, repeated, axis 1`,
      [{ dims: [2, 3], distinct: true }, index([2, 3], 1, 1, 0, 2, 2, 2), { dims: [2, 3], distinct: true }],
      { attributes: { reduction, axis: 1 } },
    ),
  ]),
  select(
    'ScatterElements',
    'mul, zeros among repeated updates',
    [{ dims: [3] }, index([6], 0, 0, 1, 1, 1, 2), { dims: [6], values: [0, 0.7, 0, 0, 0.4, 1.5] }],
    { attributes: { reduction: 'mul' } },
  ),
  select('ScatterElements', 'negative indices', [{ dims: [2, 3] }, index([1, 2], -1, 0), { dims: [1, 2] }]),
  select('CumSum', 'exclusive', [{ dims: [2, 4] }, constant([], -1)], { attributes: { exclusive: 1 } }),
  select('CumSum', 'reverse', [{ dims: [2, 4] }, constant([], 1)], { attributes: { reverse: 1 } }),
  select('Trilu', 'k beyond the matrix', [{ dims: [3, 3] }, constant([], 5)]),
  select('Trilu', 'upper, k -1', [{ dims: [2, 3, 4] }, constant([], -1)], { batch: true }),
  select('GatherND', 'two batch dimensions', [{ dims: [2, 2, 3, 2] }, index([2, 2, 1], 1, 0, 2, 2)], {
    attributes: { batch_dims: 2 },
  }),
  select('TopK', 'unsorted, last axis', [{ dims: [2, 3, 5], distinct: true }, constant([1], 3)], {
    attributes: { sorted: 0 },
    outputs: 2,
    used: [0],
  }),
];
