import { describe, expect, test } from 'vitest';
import { gradientModel } from '../../../shared/autodiff/gradient-model.ts';
import { GraphBuilder } from '../../../shared/onnx/builder.ts';
import type { Model } from '../../../shared/onnx/model.ts';
import { float32 } from '../../../shared/onnx/tensor.ts';
import { distance, numbersOf, runOnce } from './run.ts';

interface Shape {
  readonly input: readonly number[];
  readonly weight: readonly number[];
  readonly strides?: readonly number[];
  readonly pads?: readonly number[];
  readonly dilations?: readonly number[];
  readonly group?: number;
  readonly bias?: boolean;
}

/** A convolution and a loss that no two elements enter alike. */
function convolution({ input, weight, bias, ...attributes }: Shape): Model {
  const builder = new GraphBuilder();
  builder.input('x', 'float32', ['batch', ...input.slice(1)]);
  builder.input('w', 'float32', weight);
  const inputs = ['x', 'w'];
  if (bias) inputs.push(builder.input('b', 'float32', [weight[0]!]));
  const y = builder.op('Conv', inputs, attributes, 'conv');
  const waves = builder.op('Sin', [builder.op('Add', [y, y])]);
  builder.op('ReduceSum', [builder.op('Mul', [waves, y])], { keepdims: 0 }, 'loss');
  builder.output('loss');
  return builder.build();
}

function values(dims: readonly number[], phase: number) {
  const size = dims.reduce((a, b) => a * b, 1);
  const scale = 1 / Math.sqrt(dims.slice(1).reduce((a, b) => a * b, 1));
  return float32(
    dims,
    Float32Array.from({ length: size }, (_, k) => Math.sin(k * 1.7 + phase) * scale * 3),
  );
}

const deep: Record<string, Shape> = {
  'two by two positions': { input: [3, 128, 2, 2], weight: [128, 128, 3, 3], pads: [1, 1, 1, 1] },
  'by 2, with a bias': {
    input: [2, 128, 4, 4],
    weight: [256, 128, 3, 3],
    pads: [1, 1, 1, 1],
    strides: [2, 2],
    bias: true,
  },
  'by 2, odd, pads at one end': {
    input: [2, 128, 5, 3],
    weight: [128, 128, 3, 3],
    pads: [0, 1, 1, 0],
    strides: [2, 1],
  },
  'one tap by 2': { input: [2, 512, 3, 3], weight: [256, 512, 1, 1], strides: [2, 2] },
  'dilated, in one dimension': { input: [2, 256, 9], weight: [256, 256, 3], dilations: [3], pads: [2, 0] },
};

const others: Record<string, Shape> = {
  'a product for each tap': { input: [2, 8, 7, 6], weight: [12, 8, 3, 2], pads: [1, 0, 1, 1] },
  'columns, by 2': { input: [2, 9, 5, 5], weight: [40, 9, 3, 3], strides: [2, 2] },
  'one tap': { input: [3, 10, 4, 5], weight: [6, 10, 1, 1] },
  'columns for each image': { input: [2, 3, 7, 6], weight: [4, 3, 3, 3], pads: [1, 1, 1, 1] },
  'a convolution for many taps': { input: [2, 2, 14, 14], weight: [4, 2, 7, 7], strides: [2, 2] },
  'groups of columns': { input: [2, 12, 6, 6], weight: [8, 3, 3, 3], group: 4, dilations: [2, 1] },
  'depthwise sums': { input: [2, 5, 10, 9], weight: [5, 1, 3, 3], group: 5, pads: [1, 1, 1, 1] },
  'depthwise by 2, a convolution': { input: [2, 5, 9, 8], weight: [5, 1, 3, 3], group: 5, strides: [2, 2] },
  'depthwise, two outputs each': { input: [2, 4, 6, 6], weight: [8, 1, 3, 3], group: 4 },
};

const cases = Object.entries({ ...deep, ...others });

test.each(cases)('%s: gradients are those of the portable form', async (_, shape) => {
  const model = convolution(shape);
  const wanted = shape.bias ? ['x', 'w', 'b'] : ['x', 'w'];
  const feeds = {
    x: values(shape.input, 0.3),
    w: values(shape.weight, 1.1),
    ...(shape.bias ? { b: values([shape.weight[0]!], 2) } : {}),
  };
  const expected = await runOnce(gradientModel(model, 'loss', wanted, 'webgpu'), feeds);
  const actual = await runOnce(gradientModel(model, 'loss', wanted, 'cpu'), feeds);
  for (const name of ['loss', ...wanted.map((value) => `${value}_grad`)]) {
    const { error, size } = distance(numbersOf(actual[name]), numbersOf(expected[name]));
    expect(size).toBeGreaterThan(0);
    expect(error, name).toBeLessThan(1e-5 * size);
  }
});

describe('which form', () => {
  const opsOf = (shape: Shape, target: 'cpu' | 'wasm' | 'webgpu') =>
    gradientModel(convolution(shape), 'loss', ['x', 'w'], target).graph.nodes.map(({ op }) => op);

  test.each(Object.entries(deep))('deep, %s: products alone, on the CPU', (_, shape) => {
    for (const target of ['cpu', 'wasm'] as const) {
      const ops = opsOf(shape, target);
      expect(ops).not.toContain('Conv');
      expect(ops).not.toContain('ConvTranspose');
      expect(ops.filter((op) => op === 'Gemm')).toHaveLength(3);
    }
    expect(opsOf(shape, 'webgpu')).toContain('Conv');
  });

  test('a depthwise weight gradient has no products', () => {
    expect(opsOf(others['depthwise sums']!, 'cpu')).not.toContain('MatMul');
  });

  test('a constant weight stays with the convolution, whose layout is made when it is loaded', () => {
    const builder = new GraphBuilder();
    builder.input('x', 'float32', ['batch', 128, 2, 2]);
    const weight = builder.constant(values([128, 128, 3, 3], 0));
    const y = builder.op('Conv', ['x', weight], { pads: [1, 1, 1, 1] });
    builder.op('ReduceSum', [y], { keepdims: 0 }, 'loss');
    builder.output('loss');
    const { nodes } = gradientModel(builder.build(), 'loss', ['x'], 'cpu').graph;
    expect(nodes.map(({ op }) => op)).toContain('Conv');
  });
});
