import { expect, test } from 'vitest';
import { gradientModel } from '../../../shared/autodiff/gradient-model.ts';
import { GraphBuilder } from '../../../shared/onnx/builder.ts';
import { float32 } from '../../../shared/onnx/tensor.ts';
import { numbersOf, runOnce } from './run.ts';

/** loss = sum over taps k of (k + 1) times what tap k reads of x [1, 3], padded by one on both sides. */
function taps(fill: number, read: boolean) {
  const builder = new GraphBuilder();
  const x = builder.input('x', 'float32', [1, 3]);
  const pads = builder.ints([0, 1, 0, 1]);
  const padded = builder.op('Pad', fill === 0 ? [x, pads] : [x, pads, builder.scalar(fill)]);
  const parts = [0, 1, 2].map((start) =>
    builder.op('Mul', [
      builder.op('Slice', [padded, builder.ints([start]), builder.ints([start + 3]), builder.ints([1])]),
      builder.scalar(start + 1),
    ]),
  );
  const sums = [...parts, ...(read ? [builder.op('Mul', [padded, padded])] : [])].map((part) =>
    builder.op('ReduceSum', [part], { keepdims: 0 }),
  );
  builder.output(
    sums.reduce((sum, next) => builder.op('Add', [sum, next])),
    'loss',
  );
  return gradientModel(builder.build(), 'loss', ['x']);
}

const feeds = { x: float32([1, 3], [4, -5, 6]) };
// x[i] is read by tap k at position i + 1 - k, if there is one: taps 0 and 1, all, 1 and 2.
const GRADIENT = [3, 6, 5];

test('the gradient of padded taps is padded to the size of the input, and not cropped', async () => {
  for (const fill of [0, 7]) {
    const model = taps(fill, false);
    const { outputs } = model.graph.nodes.filter(({ op }) => op === 'Pad').at(-1)!;
    const results = await runOnce(model, feeds);
    expect(numbersOf(results['x_grad'])).toEqual(GRADIENT);
    expect(outputs).not.toContain('x_grad');
    expect(model.graph.nodes.find((node) => node.outputs.includes('x_grad'))?.op).toBe('Add');
  }
});

test('where the padded value is read otherwise as well, the sum is cropped', async () => {
  const model = taps(0, true);
  expect(model.graph.nodes.find((node) => node.outputs.includes('x_grad'))?.op).toBe('Pad');
  const results = await runOnce(model, feeds);
  expect(numbersOf(results['x_grad'])).toEqual([3 + 8, 6 - 10, 5 + 12]);
});

test('a slice of nothing but padding is no part of the gradient', async () => {
  const builder = new GraphBuilder();
  const x = builder.input('x', 'float32', [2]);
  const padded = builder.op('Pad', [x, builder.ints([2, 0])]);
  const cut = (start: number, end: number) =>
    builder.op('ReduceSum', [builder.op('Slice', [padded, builder.ints([start]), builder.ints([end])])], {
      keepdims: 0,
    });
  builder.output(builder.op('Add', [cut(0, 1), cut(2, 3)]), 'loss');
  const results = await runOnce(gradientModel(builder.build(), 'loss', ['x']), { x: float32([2], [3, 4]) });
  expect(numbersOf(results['x_grad'])).toEqual([1, 0]);
});
