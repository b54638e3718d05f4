import { expect, test } from 'vitest';
import { gradientModel } from '../../../shared/autodiff/gradient-model.ts';
import type { LoweringTarget } from '../../../shared/autodiff/registry.ts';
import { type Attributes, GraphBuilder } from '../../../shared/onnx/builder.ts';
import type { Dim, Model } from '../../../shared/onnx/model.ts';
import { distance, numbersOf, runOnce } from './run.ts';
import { tensorOf, uniform } from './spec.ts';

function network(dims: readonly Dim[], weight: readonly number[], attributes: Attributes): Model {
  const builder = new GraphBuilder();
  const x = builder.input('x', 'float32', dims);
  const w = builder.input('w', 'float32', weight);
  const y = builder.op('Tanh', [builder.op('Conv', [x, w], attributes)]);
  const pooled = builder.op('GlobalAveragePool', [y]);
  builder.output(builder.op('ReduceSumSquare', [pooled], { keepdims: 0 }, 'loss'));
  return builder.build();
}

const random = (dims: readonly number[], seed: number) => {
  const next = uniform(seed);
  const count = dims.reduce((a, b) => a * b, 1);
  return tensorOf(
    'float32',
    dims,
    Array.from({ length: count }, () => next() * 2 - 1),
  );
};

test.each([
  ['stride 1', [3, 4, 3, 3], { pads: [1, 1, 1, 1] }],
  ['stride 2', [3, 4, 3, 3], { strides: [2, 2] }],
  ['groups', [6, 2, 3, 3], { group: 2, strides: [2, 1] }],
] as const)('Conv of an image of unknown size: %s', async (_, weight, attributes) => {
  const feeds = { x: random([2, 4, 8, 7], 1), w: random(weight, 2) };
  const fixed = gradientModel(network([2, 4, 8, 7], weight, attributes), 'loss', ['x', 'w']);
  const symbolic = gradientModel(network(['batch', 4, 'h', 'w'], weight, attributes), 'loss', ['x', 'w']);
  const expected = await runOnce(fixed, feeds);
  const actual = await runOnce(symbolic, feeds);
  for (const name of ['x_grad', 'w_grad']) {
    const { error, size } = distance(numbersOf(actual[name]), numbersOf(expected[name]));
    expect(error).toBeLessThan(1e-5 * size);
  }
});

const scales = (...values: number[]) => ({
  type: 'float32' as const,
  dims: [4],
  data: Float32Array.from(values),
});

/** One operator between two Tanh. */
const OPERATORS: readonly (readonly [
  string,
  (builder: GraphBuilder, x: string) => string,
  LoweringTarget[],
])[] = [
  [
    'Resize, nearest, twice as large',
    (b, x) => b.op('Resize', [x, '', b.constant(scales(1, 1, 2, 2))]),
    ['cpu', 'webgpu'],
  ],
  [
    'Resize, linear',
    (b, x) => b.op('Resize', [x, '', b.constant(scales(1, 1, 1.5, 2))], { mode: 'linear' }),
    ['cpu', 'webgpu'],
  ],
  [
    'Resize to the size of another, cubic',
    (b, x) => {
      const small = b.op('AveragePool', [x], { kernel_shape: [2, 2], strides: [2, 2] });
      return b.op('Resize', [small, '', '', b.op('Shape', [x])], { mode: 'cubic' });
    },
    ['cpu', 'webgpu'],
  ],
  [
    'AveragePool',
    (b, x) => b.op('AveragePool', [x], { kernel_shape: [3, 2], strides: [2, 2] }),
    ['cpu', 'webgpu'],
  ],
  [
    'AveragePool, padded, pads not counted',
    (b, x) => b.op('AveragePool', [x], { kernel_shape: [3, 3], strides: [2, 1], pads: [1, 1, 1, 1] }),
    ['cpu', 'webgpu'],
  ],
  [
    'AveragePool, padded, pads counted',
    (b, x) => b.op('AveragePool', [x], { kernel_shape: [3, 3], pads: [1, 0, 1, 2], count_include_pad: 1 }),
    ['cpu', 'webgpu'],
  ],
  ['LpPool', (b, x) => b.op('LpPool', [x], { kernel_shape: [2, 2], strides: [2, 2] }), ['cpu', 'webgpu']],
  ['MaxPool', (b, x) => b.op('MaxPool', [x], { kernel_shape: [3, 2], strides: [2, 2] }), ['cpu', 'wasm']],
  [
    'InstanceNormalization',
    (b, x) => {
      const ones = b.constant({ type: 'float32', dims: [4], data: new Float32Array(4).fill(1) });
      return b.op('InstanceNormalization', [x, ones, ones]);
    },
    ['cpu', 'webgpu'],
  ],
  [
    'GroupNormalization',
    (b, x) => {
      const ones = b.constant({ type: 'float32', dims: [2], data: new Float32Array(2).fill(1) });
      return b.op('GroupNormalization', [x, ones, ones], { num_groups: 2 });
    },
    ['cpu', 'webgpu'],
  ],
  ['LRN', (b, x) => b.op('LRN', [x], { size: 3, alpha: 0.5 }), ['cpu', 'webgpu']],
  [
    'GridSample',
    (b, x) => {
      const theta = {
        type: 'float32' as const,
        dims: [2, 2, 3],
        data: Float32Array.from([1, 0.2, 0, 0.1, 0.7, 0.3, 0.5, 0, 0.2, 0, 1, 0]),
      };
      const size = b.op('Shape', [x]);
      return b.op('GridSample', [x, b.op('AffineGrid', [b.constant(theta), size])], {
        padding_mode: 'reflection',
      });
    },
    ['cpu', 'webgpu'],
  ],
];

function around(dims: readonly Dim[], apply: (builder: GraphBuilder, x: string) => string): Model {
  const builder = new GraphBuilder();
  const x = builder.input('x', 'float32', dims);
  const y = builder.op('Tanh', [apply(builder, builder.op('Tanh', [x]))]);
  builder.output(builder.op('ReduceSumSquare', [y], { keepdims: 0 }, 'loss'));
  return builder.build();
}

test.each(
  OPERATORS.flatMap(([about, apply, targets]) => targets.map((target) => [about, target, apply] as const)),
)('%s of an image of unknown size (%s form)', async (_, target, apply) => {
  const feeds = { x: random([2, 4, 7, 6], 3) };
  const expected = await runOnce(gradientModel(around([2, 4, 7, 6], apply), 'loss', ['x']), feeds);
  const model = gradientModel(around(['batch', 4, 'h', 'w'], apply), 'loss', ['x'], target);
  const actual = await runOnce(model, feeds);
  const { error, size } = distance(numbersOf(actual['x_grad']), numbersOf(expected['x_grad']));
  expect(actual['x_grad']?.dims).toEqual([2, 4, 7, 6]);
  expect(size).toBeGreaterThan(0.01);
  expect(error).toBeLessThan(1e-5 * size);
});
