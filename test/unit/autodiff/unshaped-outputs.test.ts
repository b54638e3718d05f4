import { expect, test } from 'vitest';
import { createOnnxRuntimeNode } from '../../../engines/onnxruntime-node.ts';
import { gradientModel } from '../../../shared/autodiff/gradient-model.ts';
import { withUnshapedOutputs } from '../../../shared/autodiff/unshaped-outputs.ts';
import { GraphBuilder } from '../../../shared/onnx/builder.ts';
import { checkModel } from '../../../shared/onnx/check.ts';
import { float32 } from '../../../shared/onnx/tensor.ts';
import { numbersOf, runOnce } from './run.ts';

/** loss = sum of (x W)², W [2, 3] given as [2, 3, 1]. */
function model() {
  const builder = new GraphBuilder();
  const x = builder.input('x', 'float32', ['batch', 2]);
  const w = builder.input('w', 'float32', [2, 3, 1]);
  const flat = builder.op('Reshape', [w, builder.ints([2, 3])]);
  const y = builder.op('MatMul', [x, flat]);
  const loss = builder.op('ReduceSum', [builder.op('Mul', [y, y])], { keepdims: 0 }, 'loss');
  builder.output(loss);
  return builder.build();
}

const feeds = { x: float32([2, 2], [1, 2, -1, 0.5]), w: float32([2, 3, 1], [1, -2, 3, 0.5, 0, 2]) };

test('a gradient that is reshaped last comes as it is computed, with the same numbers', async () => {
  const shaped = gradientModel(model(), 'loss', ['w']);
  const unshaped = withUnshapedOutputs(shaped, ['w_grad']);
  checkModel(unshaped);
  const last = (of: typeof shaped) => of.graph.nodes.find(({ outputs }) => outputs.includes('w_grad'))?.op;
  expect([last(shaped), last(unshaped)]).toEqual(['Reshape', 'MatMul']);
  expect(unshaped.graph.outputs.find(({ name }) => name === 'w_grad')?.dims).toEqual([2, 3]);
  const [a, b] = [await runOnce(shaped, feeds), await runOnce(unshaped, feeds)];
  expect(numbersOf(b['w_grad'])).toEqual(numbersOf(a['w_grad']));
});

test('an engine gives it in the shape of the weight all the same', async () => {
  const engine = await createOnnxRuntimeNode({ threads: 1 });
  const executable = await engine.compile({
    model: model(),
    gradients: { of: 'loss', withRespectTo: ['w'] },
  });
  const gradient = new Float32Array(6);
  await executable.run(feeds, { w_grad: float32([2, 3, 1], gradient) });
  await engine.close();
  const expected = await runOnce(gradientModel(model(), 'loss', ['w']), feeds);
  expect([...gradient]).toEqual(numbersOf(expected['w_grad']));
  expect(gradient.some((value) => value !== 0)).toBe(true);
});

test('what is reshaped from an input, or is read inside as well, keeps its Reshape', () => {
  const builder = new GraphBuilder();
  const x = builder.input('x', 'float32', [2, 3]);
  builder.op('Reshape', [x, builder.ints([6])], {}, 'of_an_input');
  const computed = builder.op('Neg', [x]);
  builder.op('Reshape', [computed, builder.ints([6])], {}, 'read_inside');
  builder.op('Add', ['read_inside', 'of_an_input'], {}, 'sum');
  for (const name of ['of_an_input', 'read_inside', 'sum']) builder.output(name);
  const given = builder.build();
  expect(withUnshapedOutputs(given, ['of_an_input', 'read_inside'])).toBe(given);
});

test('a gradient of rows of a batch came out as [72, 4] for a tensor of [8, 9, 4]: of an unknown size it keeps its Reshape', async () => {
  const builder = new GraphBuilder();
  const x = builder.input('x', 'float32', ['batch', 2, 3]);
  const rows = builder.op('Reshape', [x, builder.ints([-1, 3])], {}, 'rows');
  builder.output(builder.op('ReduceSum', [builder.op('Mul', [rows, rows])], { keepdims: 0 }, 'loss'));
  const engine = await createOnnxRuntimeNode({ threads: 1 });
  const executable = await engine.compile({
    model: builder.build(),
    gradients: { of: 'loss', withRespectTo: ['x'] },
  });
  const gradient = new Float32Array(6);
  await executable.run(
    { x: float32([1, 2, 3], [1, 2, 3, 4, 5, 6]) },
    { x_grad: float32([1, 2, 3], gradient) },
  );
  await engine.close();
  expect([...gradient]).toEqual([2, 4, 6, 8, 10, 12]);
});
