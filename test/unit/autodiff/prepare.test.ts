import { describe, expect, test } from 'vitest';
import { prepare } from '../../../shared/autodiff/prepare.ts';
import { GraphBuilder } from '../../../shared/onnx/builder.ts';
import type { Model } from '../../../shared/onnx/model.ts';
import { float32 } from '../../../shared/onnx/tensor.ts';
import { numbersOf, runOnce } from './run.ts';

function pooled(keepRelu: boolean): Model {
  const builder = new GraphBuilder();
  const x = builder.input('x', 'float32', [1, 1, 4, 4]);
  const relu = builder.op('Relu', [x], {}, 'relu');
  builder.op('MaxPool', [relu], { kernel_shape: [2, 2], strides: [2, 2] }, 'y');
  builder.output('y');
  if (keepRelu) builder.output(relu);
  return builder.build();
}

const ops = (model: Model) => model.graph.nodes.map((node) => node.op);

describe('Relu before MaxPool', () => {
  test('goes behind it, with the same outputs', async () => {
    const model = pooled(false);
    const prepared = prepare(model, 'webgpu');
    expect(ops(prepared)).toEqual(['MaxPool', 'Relu']);
    const feeds = {
      x: float32(
        [1, 1, 4, 4],
        Float32Array.from({ length: 16 }, (_, k) => Math.sin(k * 2.3) - 0.5),
      ),
    };
    expect(numbersOf((await runOnce(prepared, feeds))['y'])).toEqual(
      numbersOf((await runOnce(model, feeds))['y']),
    );
  });

  test('stays where something else reads it', () => {
    expect(ops(prepare(pooled(true), 'wasm'))).toEqual(['Relu', 'MaxPool']);
  });
});

test('optional outputs that rules read are named, indices only where the gradient is by them', () => {
  const outputs = (target: 'cpu' | 'wasm' | 'webgpu') =>
    prepare(pooled(true), target).graph.nodes.find((node) => node.op === 'MaxPool')?.outputs.length;
  expect(outputs('wasm')).toBe(2);
  expect(outputs('cpu')).toBe(1);
  expect(outputs('webgpu')).toBe(1);
});
