import { describe, expect, test } from 'vitest';
import { gradientModel } from '../../../../shared/autodiff/gradient-model.ts';
import { GraphBuilder } from '../../../../shared/onnx/builder.ts';
import { expandOperators } from '../../../../shared/onnx/expand/expand.ts';
import type { Model, Node } from '../../../../shared/onnx/model.ts';
import { prune } from '../../../../shared/onnx/prune.ts';
import { readTensor } from '../../../../shared/onnx/tensor-proto.ts';
import { distance, numbersOf, runOnce } from '../../autodiff/run.ts';
import { uniform } from '../../autodiff/spec.ts';
import {
  agrees,
  differentiates,
  expanded,
  feedsWith,
  type Given,
  int,
  ints,
  modelWith,
  text,
  type Use,
} from './agree.ts';

const ms = 'com.microsoft' as const;
const count = (dims: readonly number[]) => dims.reduce((a, b) => a * b, 1);
const bytes = (type: 'int8' | 'uint8', dims: number[], more: Partial<Given> = {}): Given => {
  const next = uniform(count(dims));
  // Small numbers: kernels without VNNI saturate sums of two products of 8 bits.
  const [low, span] = type === 'int8' ? [-60, 121] : [0, 80];
  return {
    dims,
    type,
    values: Array.from({ length: count(dims) }, () => low + Math.floor(next() * span)),
    ...more,
  };
};
const stored = { initializer: true };
const scale = (...values: number[]): Given => ({
  dims: values.length === 1 ? [] : [values.length],
  values,
  ...stored,
});
const zero = (type: 'int8' | 'uint8', ...values: number[]): Given => ({
  dims: values.length === 1 ? [] : [values.length],
  type,
  values,
  ...stored,
});

describe('stored integers become a float weight', () => {
  const uses: readonly (readonly [string, Use])[] = [
    ['one scale', { op: 'DequantizeLinear', inputs: [bytes('int8', [3, 4], stored), scale(0.1)] }],
    [
      'zero point',
      { op: 'DequantizeLinear', inputs: [bytes('uint8', [3, 4], stored), scale(0.1), zero('uint8', 130)] },
    ],
    [
      'axis 0',
      {
        op: 'DequantizeLinear',
        attributes: { axis: int(0) },
        inputs: [bytes('int8', [3, 4], stored), scale(0.1, 0.2, 0.3), zero('int8', 1, 2, 3)],
      },
    ],
    [
      'blocks',
      {
        op: 'DequantizeLinear',
        opset: 21,
        attributes: { axis: int(1), block_size: int(2) },
        inputs: [
          bytes('int8', [3, 4, 2], stored),
          { dims: [3, 2, 2], range: [0.1, 1], ...stored },
          bytes('int8', [3, 2, 2], stored),
        ],
      },
    ],
  ];
  test.each(uses)('%s', async (_, use) => {
    const model = expanded(use);
    expect(model.graph.nodes.filter(({ op }) => op !== 'Identity')).toEqual([]);
    expect([...model.graph.initializers.values()].map(({ type }) => type)).toEqual(['float32']);
    await agrees(use);
  });

  test('computed blocks are spread by Reshape', async () => {
    const use: Use = {
      op: 'DequantizeLinear',
      opset: 21,
      attributes: { axis: int(1), block_size: int(2) },
      inputs: [bytes('int8', [3, 4]), { dims: [3, 2], range: [0.1, 1] }, bytes('int8', [3, 2])],
    };
    await agrees(use);
    await differentiates(use, 'float32');
  });
});

/** Rounding may fall on the other side: one step at most, in few places. */
async function agreesToAStep(use: Use): Promise<void> {
  const inner = expanded(use);
  const original = modelWith(use);
  const feeds = feedsWith(use);
  const declared: Model = { ...original, graph: { ...original.graph, outputs: inner.graph.outputs } };
  const expected = numbersOf((await runOnce(declared, feeds))['y0']);
  const actual = numbersOf((await runOnce(inner, feeds))['y0']);
  expect(actual.length).toBe(expected.length);
  expect(new Set(expected).size).toBeGreaterThan(5);
  const steps = actual.map((value, k) => Math.abs(value - expected[k]!));
  expect(Math.max(...steps)).toBeLessThanOrEqual(1);
  expect(steps.filter((step) => step > 0).length).toBeLessThanOrEqual(0.1 * steps.length);
}

describe('operators on integers agree with the kernels to a step', () => {
  const image = bytes('uint8', [2, 3, 5, 5]);
  const kernel = bytes('int8', [4, 3, 3, 3], stored);
  const uses: readonly (readonly [string, Use])[] = [
    [
      'QLinearMatMul',
      {
        op: 'QLinearMatMul',
        inputs: [
          ...[bytes('uint8', [3, 8]), scale(0.02), zero('uint8', 40)],
          ...[bytes('int8', [8, 5], stored), scale(0.01), zero('int8', 3)],
          ...[scale(0.05), zero('uint8', 128)],
        ],
      },
    ],
    [
      'QLinearConv',
      {
        op: 'QLinearConv',
        attributes: { kernel_shape: ints(3, 3), pads: ints(1, 1, 1, 1), strides: ints(2, 2) },
        inputs: [
          ...[image, scale(0.02), zero('uint8', 40)],
          ...[kernel, scale(0.01, 0.02, 0.015, 0.01), zero('int8', 0, 0, 0, 0)],
          ...[scale(0.2), zero('uint8', 128)],
          { dims: [4], type: 'int32', values: [500, -3000, 0, 4000], ...stored },
        ],
      },
    ],
    [
      'MatMulInteger',
      {
        op: 'MatMulInteger',
        inputs: [bytes('uint8', [3, 8]), bytes('int8', [8, 5], stored), zero('uint8', 40), zero('int8', 3)],
      },
    ],
    [
      'MatMulInteger, a zero point for each column',
      {
        op: 'MatMulInteger',
        inputs: [
          bytes('uint8', [3, 8]),
          bytes('int8', [8, 3], stored),
          zero('uint8', 40),
          zero('int8', 3, 0, -5),
        ],
      },
    ],
    [
      'ConvInteger',
      {
        op: 'ConvInteger',
        attributes: { kernel_shape: ints(3, 3) },
        inputs: [image, bytes('uint8', [4, 3, 3, 3], stored), zero('uint8', 40)],
      },
    ],
    ...(['QLinearAdd', 'QLinearMul'] as const).map(
      (op) =>
        [
          op,
          {
            op,
            domain: ms,
            inputs: [
              ...[bytes('uint8', [3, 8]), scale(0.02), zero('uint8', 40)],
              ...[bytes('uint8', [8]), scale(0.03), zero('uint8', 100)],
              ...[scale(0.06), zero('uint8', 128)],
            ],
          },
        ] as const,
    ),
    ...(['QLinearSigmoid', 'QLinearLeakyRelu'] as const).map(
      (op) =>
        [
          op,
          {
            op,
            domain: ms,
            inputs: [
              ...[bytes('uint8', [3, 8]), scale(0.03), zero('uint8', 40)],
              ...[scale(0.02), zero('uint8', 60)],
            ],
          },
        ] as const,
    ),
    [
      'QGemm',
      {
        op: 'QGemm',
        domain: ms,
        attributes: { transB: int(1) },
        inputs: [
          ...[bytes('uint8', [3, 8]), scale(0.02), zero('uint8', 40)],
          ...[bytes('int8', [5, 8], stored), scale(0.01), zero('int8', 0)],
          { dims: [5], type: 'int32', values: [500, -3000, 0, 4000, 100], ...stored },
          ...[scale(0.05), zero('uint8', 128)],
        ],
      },
    ],
  ];
  test.each(uses)('%s', async (_, use) => {
    await agreesToAStep(use);
  });
});

describe('MatMulNBits is a MatMul by a frozen Constant', () => {
  const uses = [4, 8].flatMap((bits) =>
    [false, true].map((zeros): readonly [string, Use] => {
      const [K, N, block] = [40, 3, 16];
      const blocks = Math.ceil(K / block);
      return [
        `${bits} bits${zeros ? ', zero points' : ''}`,
        {
          op: 'MatMulNBits',
          domain: ms,
          attributes: { K: int(K), N: int(N), bits: int(bits), block_size: int(block) },
          inputs: [
            { dims: [2, 4, K], symbols: ['batch', 4, K] },
            bytes('uint8', [N, blocks, (block * bits) / 8], stored),
            { dims: [N, blocks], range: [0.01, 0.1], type: 'float32', ...stored },
            ...(zeros ? [bytes('uint8', [N, Math.ceil((blocks * bits) / 8)], stored)] : []),
          ],
        },
      ];
    }),
  );
  test.each(uses)('%s', async (_, use) => {
    const model = expanded(use);
    expect(model.graph.initializers.size).toBe(0);
    await agrees(use);
    await differentiates(use, 'float32');
  });
});

describe('a quantised dense layer is trained', () => {
  const node = (
    op: string,
    inputs: string[],
    outputs: string[],
    attributes: Node['attributes'] = {},
  ): Node => ({
    name: `${op}_${outputs[0]}`,
    op,
    domain: '',
    inputs,
    outputs,
    attributes,
  });

  test('as dynamic quantisation writes it: the weight gets xᵀ g, in units of 128 steps', async () => {
    const next = uniform(3);
    const random = (n: number) => Array.from({ length: n }, () => next() * 2 - 1);
    const [x, g] = [random(12), random(15)];
    const model: Model = {
      irVersion: 9,
      opsets: { '': 20 },
      producer: 'test',
      metadata: {},
      graph: {
        name: 'dynamic',
        inputs: [{ name: 'x', type: 'float32', dims: ['batch', 4] }],
        outputs: [{ name: 'y', type: 'float32', dims: ['batch', 5] }],
        initializers: new Map([
          [
            'w',
            {
              type: 'int8' as const,
              dims: [4, 5],
              data: Int8Array.from({ length: 20 }, (_, k) => k * 5 - 50),
            },
          ],
          ['w_zero', { type: 'int8' as const, dims: [], data: Int8Array.of(0) }],
          ['w_scale', { type: 'float32' as const, dims: [], data: Float32Array.of(0.02) }],
        ]),
        nodes: [
          node('DynamicQuantizeLinear', ['x'], ['q', 's', 'z']),
          node('MatMulInteger', ['q', 'w', 'z', 'w_zero'], ['i']),
          node('Cast', ['i'], ['f'], { to: int(1) }),
          node('Mul', ['s', 'w_scale'], ['step']),
          node('Mul', ['f', 'step'], ['y']),
        ],
      },
    };
    const inner = prune(expandOperators(model), ['y']);
    expect([...inner.graph.initializers.keys()]).toContain('w_dequantized');
    expect(inner.graph.nodes.map(({ op }) => op)).not.toContain('Cast');
    const feeds = { x: { type: 'float32' as const, dims: [3, 4], data: Float32Array.from(x) } };
    const [mine, theirs] = await Promise.all([runOnce(inner, feeds), runOnce(model, feeds)]);
    const { error, size } = distance(numbersOf(mine['y']), numbersOf(theirs['y']));
    expect(error).toBeLessThan(1e-5 * size);

    const builder = GraphBuilder.from({
      ...inner,
      graph: { ...inner.graph, inputs: [{ ...inner.graph.inputs[0]!, dims: [3, 4] }] },
    });
    const weighted = builder.op('Mul', [
      'y',
      builder.constant({ type: 'float32', dims: [3, 5], data: Float32Array.from(g) }),
    ]);
    builder.output(builder.op('ReduceSum', [weighted], { keepdims: 0 }), 'loss');
    const results = await runOnce(gradientModel(builder.build(), 'loss', ['w_dequantized', 'x']), feeds);
    const expected = Array.from({ length: 20 }, (_, k) => {
      const [row, column] = [Math.floor(k / 5), k % 5];
      return 128 * 0.02 * [0, 1, 2].reduce((sum, n) => sum + x[n * 4 + row]! * g[n * 5 + column]!, 0);
    });
    const gap = distance(numbersOf(results['w_dequantized_grad']), expected);
    // The rounding of x is in it.
    expect(gap.error).toBeLessThan(0.02 * gap.size);
    expect(numbersOf(results['x_grad']).some((value) => Math.abs(value) > 0.01)).toBe(true);
  });

  test('as static quantisation writes it: gradients pass QLinearMatMul, into x and the weight', async () => {
    const use: Use = {
      op: 'QLinearMatMul',
      inputs: [
        ...[bytes('uint8', [3, 8], stored), scale(0.02), zero('uint8', 40)],
        ...[bytes('int8', [8, 5], stored), scale(0.001), zero('int8', 3)],
        ...[scale(0.05), zero('uint8', 128)],
      ],
    };
    const inner = expanded(use);
    const builder = GraphBuilder.from(inner);
    const y = builder.op('DequantizeLinear', ['y0', builder.scalar(0.05)]);
    builder.output(builder.op('ReduceSum', [y], { keepdims: 0 }), 'loss');
    const results = await runOnce(
      gradientModel(builder.build(), 'loss', ['x3_dequantized', 'x0_dequantized']),
      {},
    );
    const x = numbersOf(inner.graph.initializers.get('x0_dequantized'));
    const gradient = numbersOf(results['x3_dequantized_grad']);
    gradient.forEach((value, k) => {
      const row = Math.floor(k / 5);
      expect(value).toBeCloseTo(x[row]! + x[8 + row]! + x[16 + row]!, 4);
    });
  });
});

test('an operator of quantised attention is refused by its name, with its neighbours and what helps', () => {
  const use: Use = { op: 'QAttention', domain: ms, attributes: { x: text('') }, inputs: [{ dims: [1] }] };
  const model = modelWith(use);
  const behind: Node = {
    name: 'last',
    op: 'Relu',
    domain: '',
    inputs: ['y0'],
    outputs: ['z'],
    attributes: {},
  };
  const graph = { ...model.graph, nodes: [...model.graph.nodes, behind] };
  expect(() => expandOperators({ ...model, graph })).toThrow(
    /node node: operator com\.microsoft\.QAttention, before Relu 'last' is private .*op_types_to_quantize/,
  );
});

test('dequantize: false leaves stored integers as they are', () => {
  const use: Use = { op: 'DequantizeLinear', inputs: [bytes('int8', [3, 4], stored), scale(0.1)] };
  const kept = expandOperators(modelWith(use), { dequantize: false });
  expect(kept.graph.nodes.map(({ op }) => op)).toEqual(['DequantizeLinear']);
  expect(kept.graph.initializers.get('x0')?.type).toBe('int8');
});

test('numbers of four bits are read as numbers of eight', () => {
  const read = (dataType: number) =>
    readTensor({ name: 'w', dims: [5], dataType, rawData: Uint8Array.of(0x1f, 0x87, 0x0a) }, 'w');
  expect(read(22)).toEqual({ type: 'int8', dims: [5], data: Int8Array.of(-1, 1, 7, -8, -6) });
  expect(read(21)).toEqual({ type: 'uint8', dims: [5], data: Uint8Array.of(15, 1, 7, 8, 10) });
  expect(readTensor({ dims: [3], dataType: 22, int32Data: [0x2f, 0x03] }, 'w').data).toEqual(
    Int8Array.of(-1, 2, 3),
  );
  expect(() => readTensor({ dims: [5], dataType: 22, rawData: Uint8Array.of(1) }, 'w')).toThrow(
    'needs 3 bytes',
  );
});
