import { describe, expect, test } from 'vitest';
import { agrees, differentiates, expanded, float, type Given, int, ints, text, type Use } from './agree.ts';

const x: Given = { dims: [2, 3, 8], range: [-2, 2], symbols: ['batch', 3, 8] };
const row: Given = { dims: [8], range: [0.2, 1.5] };
const ids = (dims: number[], most: number, type: 'int32' | 'int64' = 'int32'): Given => ({
  dims,
  type,
  values: Array.from({ length: dims.reduce((a, b) => a * b, 1) }, (_, k) => (k * 5 + 2) % most),
});
const ms = 'com.microsoft' as const;

interface Row extends Use {
  readonly about: string;
  /** Float32 where the CPU provider has no double kernel of an operator that it becomes, or fuses it into one. */
  readonly type?: 'float32';
}

const ROWS: readonly Row[] = [
  { op: 'Swish', opset: 24, about: 'alpha', attributes: { alpha: float(1.3) }, inputs: [x], type: 'float32' },
  { op: 'CastLike', about: 'same type', inputs: [x, { dims: [1], initializer: true }] },
  { op: 'Gelu', domain: ms, about: 'exact', inputs: [x], type: 'float32' },
  { op: 'FastGelu', domain: ms, about: 'no bias', inputs: [x], type: 'float32' },
  { op: 'FastGelu', domain: ms, about: 'bias', inputs: [x, row], type: 'float32' },
  { op: 'BiasGelu', domain: ms, about: '', inputs: [x, row], type: 'float32' },
  { op: 'QuickGelu', domain: ms, about: '', inputs: [x], type: 'float32' },
  {
    op: 'QuickGelu',
    domain: ms,
    about: 'alpha',
    attributes: { alpha: float(0.7) },
    inputs: [x],
    type: 'float32',
  },
  { op: 'RMSNormalization', opset: 23, about: '', inputs: [x, row] },
  {
    op: 'RMSNormalization',
    opset: 23,
    about: 'two axes',
    attributes: { axis: int(1), epsilon: float(0.1) },
    inputs: [x, { dims: [3, 8] }],
  },
  { op: 'SimplifiedLayerNormalization', about: '', attributes: { epsilon: float(1e-3) }, inputs: [x, row] },
  { op: 'SkipSimplifiedLayerNormalization', domain: ms, about: '', inputs: [x, x, row] },
  {
    op: 'SkipSimplifiedLayerNormalization',
    domain: ms,
    about: 'bias, sum',
    attributes: { epsilon: float(1e-3) },
    inputs: [x, { ...x, range: [0, 1] }, row, row],
    outputs: [true, false, false, true],
  },
  { op: 'SkipLayerNormalization', domain: ms, about: '', inputs: [x, x, row], type: 'float32' },
  {
    op: 'SkipLayerNormalization',
    domain: ms,
    about: 'beta, bias, sum',
    attributes: { epsilon: float(1e-3) },
    inputs: [x, { ...x, range: [0, 1] }, row, row, row],
    outputs: [true, false, false, true],
    type: 'float32',
  },
  {
    op: 'SkipLayerNormalization',
    domain: ms,
    about: 'skip without a batch',
    inputs: [x, { dims: [3, 8] }, row, row],
    type: 'float32',
  },
  {
    op: 'EmbedLayerNormalization',
    domain: ms,
    about: 'segments, mask, sum',
    attributes: { epsilon: float(1e-5) },
    inputs: [
      ids([2, 3], 7),
      ids([2, 3], 2),
      { dims: [7, 8] },
      { dims: [5, 8] },
      { dims: [2, 8] },
      row,
      row,
      { dims: [2, 3], type: 'int32', values: [1, 1, 0, 1, 1, 1] },
    ],
    outputs: 3,
    type: 'float32',
  },
  {
    op: 'EmbedLayerNormalization',
    domain: ms,
    about: 'no segments',
    inputs: [ids([2, 3], 7), undefined, { dims: [7, 8] }, { dims: [5, 8] }, undefined, row, row],
    outputs: [true, false],
    type: 'float32',
  },
  ...[0, 1].flatMap((transA) =>
    [0, 1].map(
      (transB): Row => ({
        op: 'FusedMatMul',
        domain: ms,
        about: `transA ${transA}, transB ${transB}`,
        attributes: { transA: int(transA), transB: int(transB), alpha: float(0.5) },
        inputs: [{ dims: transA ? [2, 4, 3] : [2, 3, 4] }, { dims: transB ? [2, 5, 4] : [2, 4, 5] }],
      }),
    ),
  ),
  {
    op: 'FusedMatMul',
    domain: ms,
    about: 'transBatchA and transBatchB',
    attributes: { transBatchA: int(1), transBatchB: int(1) },
    inputs: [{ dims: [3, 2, 4] }, { dims: [4, 2, 5] }],
  },
  {
    op: 'FusedMatMul',
    domain: ms,
    about: 'transBatchA with transA',
    attributes: { transBatchA: int(1), transA: int(1) },
    inputs: [{ dims: [4, 2, 3] }, { dims: [2, 4, 5] }],
  },
  {
    op: 'TransposeMatMul',
    domain: ms,
    about: '',
    attributes: { transB: int(1), alpha: float(2) },
    inputs: [{ dims: [2, 3, 4] }, { dims: [5, 4] }],
  },
  ...(
    [
      ['Relu', []],
      ['Sigmoid', []],
      ['Tanh', []],
      ['LeakyRelu', [0.3]],
      ['HardSigmoid', [0.3, 0.4]],
      ['Clip', [-0.2, 0.4]],
    ] as const
  ).map(
    ([activation, parameters]): Row => ({
      op: 'FusedConv',
      domain: ms,
      about: activation,
      attributes: {
        activation: text(activation),
        kernel_shape: ints(3, 3),
        pads: ints(1, 1, 1, 1),
        ...(parameters.length > 0
          ? { activation_params: { kind: 'floats', value: parameters.map(Math.fround) } as const }
          : {}),
      },
      // Far from the kinks: a difference in float32 takes large steps.
      inputs: [{ dims: [2, 2, 4, 4] }, { dims: [4, 2, 3, 3] }, { dims: [4], values: [-9, 9, -8, 8] }],
      type: 'float32',
    }),
  ),
  {
    op: 'FusedConv',
    domain: ms,
    about: 'a summand',
    attributes: { activation: text('Relu') },
    inputs: [
      { dims: [2, 2, 4, 4] },
      { dims: [4, 2, 1, 1] },
      { dims: [4], values: [-9, 9, -8, 8] },
      { dims: [2, 4, 4, 4] },
    ],
    type: 'float32',
  },
  {
    op: 'FusedGemm',
    domain: ms,
    about: 'LeakyRelu',
    attributes: {
      activation: text('LeakyRelu'),
      activation_alpha: float(0.3),
      transB: int(1),
      alpha: float(0.5),
    },
    inputs: [{ dims: [3, 4] }, { dims: [5, 4] }, { dims: [5] }],
    type: 'float32',
  },
];

const named = ROWS.map((item) => [`${item.op}: ${item.about}`, item] as const);

describe('the expansion agrees with the kernel of ONNX Runtime', () => {
  test.each(named)('%s', async (_, item) => {
    await agrees(item);
  });
});

describe('the expansion is differentiated', () => {
  test.each(named)('%s', async (_, item) => {
    await differentiates(item, item.type ?? 'float64');
  });
});

describe('without a kernel on the CPU provider', () => {
  test('BiasSplitGelu is the left half times Gelu of the right one', async () => {
    const use: Use = { op: 'BiasSplitGelu', domain: ms, inputs: [{ dims: [2, 3, 8] }, { dims: [8] }] };
    expect(expanded(use).graph.outputs[0]?.dims).toEqual([2, 3, 4]);
    await differentiates(use, 'float32');
  });

  test('BiasAdd adds input, bias and skip', async () => {
    await differentiates({ op: 'BiasAdd', domain: ms, inputs: [x, row, x] });
  });
});

test('an activation that is not known is refused by name', () => {
  const use: Use = {
    op: 'FusedConv',
    domain: ms,
    attributes: { activation: text('Swoosh') },
    inputs: [{ dims: [1, 1, 2, 2] }, { dims: [1, 1, 1, 1] }],
  };
  expect(() => expanded(use)).toThrow('activation "Swoosh" is not known');
});
