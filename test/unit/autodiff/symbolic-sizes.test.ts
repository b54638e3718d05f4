import { expect, test } from 'vitest';
import { gradientModel } from '../../../shared/autodiff/gradient-model.ts';
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
