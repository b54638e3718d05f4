import type { InputSpec, Spec } from './spec.ts';

const gemm: Spec[] = [0, 1].flatMap((transA) =>
  [0, 1].map(
    (transB): Spec => ({
      op: 'Gemm',
      about: `transA ${transA}, transB ${transB}, alpha, beta`,
      attributes: { transA, transB, alpha: 0.7, beta: 1.3 },
      inputs: [{ dims: transA ? [4, 3] : [3, 4] }, { dims: transB ? [5, 4] : [4, 5] }, { dims: [5] }],
      check: 'float64',
      twice: true,
    }),
  ),
);

function matMul(about: string, a: readonly number[], b: readonly number[], more: Partial<Spec> = {}): Spec {
  return { op: 'MatMul', about, inputs: [{ dims: a }, { dims: b }], check: 'float64', ...more };
}

export const linearSpecs: readonly Spec[] = [
  ...gemm,
  { op: 'Gemm', about: 'without C', inputs: [{ dims: [3, 4] }, { dims: [4, 5] }], check: 'float64' },
  {
    op: 'Gemm',
    about: 'C of a column',
    inputs: [{ dims: [3, 4] }, { dims: [4, 5] }, { dims: [3, 1] }],
    check: 'float64',
  },
  {
    op: 'Gemm',
    about: 'dense layer of a batch',
    inputs: [{ dims: [3, 4] }, { dims: [4, 5], fixed: true }, { dims: [5] }],
    check: 'float64',
  },
  matMul('matrices', [3, 4], [4, 2], { twice: true }),
  matMul('rows of a sequence by a matrix', [2, 3, 4], [4, 5], { twice: true, batch: false }),
  matMul('equal batches', [2, 3, 4], [2, 4, 5]),
  matMul('batches broadcast both ways', [2, 1, 3, 4], [3, 4, 2]),
  matMul('matrix on the left of a batch', [3, 4], [2, 4, 5]),
  matMul('vector by vector', [4], [4]),
  matMul('vector by matrix', [4], [4, 3]),
  matMul('matrix by vector', [3, 4], [4]),
  matMul('vector by batch', [4], [2, 4, 3]),
  matMul('batch by vector', [2, 3, 4], [4]),
];

function conv(
  op: string,
  about: string,
  dims: number[][],
  attributes: Spec['attributes'] = {},
  more: Partial<Spec> = {},
): Spec {
  return {
    op,
    about,
    attributes,
    inputs: dims.map((d): InputSpec => ({ dims: d })),
    check: 'oracle',
    ...more,
  };
}

export const convolutionSpecs: readonly Spec[] = [
  conv('Conv', '1-D', [[2, 3, 8], [4, 3, 3], [4]]),
  conv('Conv', '2-D, padded', [[2, 3, 6, 5], [4, 3, 3, 3], [4]], { pads: [1, 1, 1, 1] }),
  conv(
    'Conv',
    '2-D, symbolic batch',
    [[2, 2, 5, 5], [3, 2, 3, 3], [3]],
    { pads: [1, 1, 1, 1] },
    { batch: true },
  ),
  conv('Conv', '1x1', [
    [2, 3, 4, 4],
    [5, 3, 1, 1],
  ]),
  conv('Conv', '3-D, strided', [[1, 2, 5, 4, 5], [3, 2, 2, 2, 3], [3]], { strides: [2, 1, 2] }),
  conv('Conv', 'stride that leaves a rest', [[2, 2, 6, 7], [3, 2, 3, 2], [3]], { strides: [2, 3] }),
  conv('Conv', 'dilated', [[2, 2, 7, 8], [3, 2, 3, 2], [3]], { dilations: [2, 3] }),
  conv('Conv', 'dilated and strided, uneven pads', [[2, 2, 9, 8], [3, 2, 3, 2], [3]], {
    dilations: [2, 3],
    strides: [2, 2],
    pads: [1, 0, 2, 3],
  }),
  conv('Conv', 'groups', [[2, 4, 5, 5], [6, 2, 3, 3], [6]], { group: 2, pads: [1, 1, 1, 1] }),
  conv('Conv', 'depthwise, strided', [[2, 3, 6, 6], [3, 1, 3, 3], [3]], { group: 3, strides: [2, 2] }),
  conv('Conv', 'SAME_UPPER', [[1, 2, 6, 5], [3, 2, 3, 2], [3]], { auto_pad: 'SAME_UPPER', strides: [2, 2] }),
  conv('Conv', 'SAME_LOWER', [[1, 2, 6, 5], [3, 2, 2, 4], [3]], { auto_pad: 'SAME_LOWER' }),
  conv(
    'Conv',
    'VALID',
    [
      [1, 2, 6, 5],
      [3, 2, 3, 2],
    ],
    { auto_pad: 'VALID' },
  ),
  conv('Conv', 'kernel as large as the image', [
    [2, 2, 9, 9],
    [3, 2, 9, 9],
  ]),
  conv('ConvTranspose', '1-D', [[2, 3, 5], [3, 4, 3], [4]]),
  conv('ConvTranspose', '2-D, strided', [[2, 3, 3, 4], [3, 2, 3, 3], [2]], { strides: [2, 2] }),
  conv(
    'ConvTranspose',
    '2-D, symbolic batch',
    [[2, 3, 3, 4], [3, 2, 3, 3], [2]],
    { strides: [2, 2] },
    { batch: true },
  ),
  conv('ConvTranspose', 'pads and output_padding', [[2, 3, 3, 4], [3, 2, 3, 3], [2]], {
    strides: [2, 3],
    pads: [1, 1, 1, 1],
    output_padding: [1, 2],
  }),
  conv('ConvTranspose', 'groups, dilated', [[2, 4, 3, 3], [4, 3, 2, 2], [6]], {
    group: 2,
    dilations: [2, 2],
  }),
  conv('ConvTranspose', '3-D', [[1, 2, 2, 3, 2], [2, 3, 2, 2, 2], [3]], { strides: [1, 2, 2] }),
  conv(
    'ConvTranspose',
    'output_shape',
    [
      [1, 2, 3, 3],
      [2, 3, 3, 3],
    ],
    { strides: [2, 2], output_shape: [6, 6] },
  ),
  conv(
    'ConvTranspose',
    'SAME_UPPER',
    [
      [1, 2, 3, 3],
      [2, 3, 3, 3],
    ],
    { strides: [2, 2], auto_pad: 'SAME_UPPER' },
  ),
];

function pool(
  op: string,
  about: string,
  dims: number[],
  attributes: Spec['attributes'],
  more: Partial<Spec> = {},
): Spec {
  return {
    op,
    about,
    attributes,
    inputs: [{ dims, distinct: op.includes('Max') }],
    check: op === 'MaxPool' ? 'float64' : 'oracle',
    ...more,
  };
}

export const poolingSpecs: readonly Spec[] = [
  pool('MaxPool', '1-D', [2, 3, 8], { kernel_shape: [2], strides: [2] }),
  pool('MaxPool', '2x2', [2, 3, 6, 4], { kernel_shape: [2, 2], strides: [2, 2] }),
  pool(
    'MaxPool',
    '2x2, symbolic batch',
    [2, 3, 6, 4],
    { kernel_shape: [2, 2], strides: [2, 2] },
    { batch: true },
  ),
  pool('MaxPool', '2x2 with a rest', [2, 3, 7, 5], { kernel_shape: [2, 2], strides: [2, 2] }),
  pool('MaxPool', 'overlapping, padded', [2, 2, 7, 7], {
    kernel_shape: [3, 3],
    strides: [2, 2],
    pads: [1, 1, 1, 1],
  }),
  pool('MaxPool', 'stride 1', [1, 2, 5, 5], { kernel_shape: [3, 3] }),
  pool('MaxPool', 'windows with gaps', [1, 2, 8, 8], { kernel_shape: [2, 2], strides: [3, 3] }),
  pool('MaxPool', 'ceil_mode', [1, 2, 6, 7], { kernel_shape: [3, 3], strides: [2, 2], ceil_mode: 1 }),
  pool('MaxPool', 'ceil_mode, padded', [1, 2, 6, 7], {
    kernel_shape: [3, 2],
    strides: [2, 2],
    ceil_mode: 1,
    pads: [1, 1, 1, 0],
  }),
  pool('MaxPool', 'dilated', [1, 2, 8, 8], { kernel_shape: [2, 3], dilations: [2, 2] }),
  pool('MaxPool', '3-D', [1, 2, 4, 4, 6], { kernel_shape: [2, 2, 3], strides: [2, 2, 3] }),
  pool('MaxPool', 'SAME_UPPER', [1, 2, 5, 6], {
    kernel_shape: [3, 3],
    strides: [2, 2],
    auto_pad: 'SAME_UPPER',
  }),
  {
    op: 'MaxUnpool',
    attributes: { kernel_shape: [2, 2], strides: [2, 2] },
    inputs: [{ dims: [1, 1, 2, 2] }, { dims: [1, 1, 2, 2], type: 'int64', values: [5, 7, 8, 15] }],
    check: 'float32',
  },
  pool('AveragePool', '1-D', [2, 3, 8], { kernel_shape: [2], strides: [2] }),
  pool('AveragePool', '2-D, overlapping', [2, 3, 6, 5], { kernel_shape: [3, 2] }),
  pool(
    'AveragePool',
    '2-D, symbolic batch',
    [2, 3, 6, 6],
    { kernel_shape: [2, 2], strides: [2, 2] },
    { batch: true },
  ),
  pool('AveragePool', 'padded, pads not counted', [2, 2, 6, 6], {
    kernel_shape: [3, 3],
    strides: [2, 2],
    pads: [1, 1, 1, 1],
  }),
  pool('AveragePool', 'padded, pads counted', [2, 2, 6, 6], {
    kernel_shape: [3, 3],
    strides: [2, 2],
    pads: [1, 1, 1, 1],
    count_include_pad: 1,
  }),
  pool('AveragePool', 'ceil_mode', [1, 2, 6, 7], { kernel_shape: [3, 3], strides: [2, 2], ceil_mode: 1 }),
  pool('AveragePool', 'ceil_mode, pads counted', [1, 2, 6, 6], {
    kernel_shape: [3, 3],
    strides: [2, 2],
    pads: [1, 1, 1, 1],
    ceil_mode: 1,
    count_include_pad: 1,
  }),
  pool('AveragePool', '3-D with a rest', [1, 2, 5, 4, 5], { kernel_shape: [2, 2, 2], strides: [2, 2, 2] }),
  pool('GlobalAveragePool', '2-D', [2, 3, 4, 5], {}, { batch: true }),
  pool('GlobalMaxPool', '2-D', [2, 3, 4, 5], {}, { batch: true }),
];
