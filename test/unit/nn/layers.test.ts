import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { type Engine, gradientName } from '../../../engines/engine.ts';
import { createOnnxRuntimeNode } from '../../../engines/onnxruntime-node.ts';
import { layerRegistry } from '../../../shared/nn/layers/registry.ts';
import { LayerStack } from '../../../shared/nn/layers/stack.ts';
import { ModelBuildError } from '../../../shared/nn/model-build-error.ts';
import { GraphBuilder } from '../../../shared/onnx/builder.ts';
import { checkModel } from '../../../shared/onnx/check.ts';
import { float32, sizeOf, type Tensor } from '../../../shared/onnx/tensor.ts';
import { layoutOf } from '../../../shared/parameters/layout-of.ts';

/** Output shape of a list of layers, written as in a job file, for inputs of a shape (without the batch). */
function shapeAfter(layers: string, shape: readonly number[]) {
  const builder = new GraphBuilder();
  builder.input('features', 'float32', ['batch', ...shape]);
  const output = new LayerStack(builder, 1).append(parse(layers), 'features', ['layers']);
  builder.output(output);
  const model = builder.build();
  checkModel(model);
  return { dims: builder.typeOf(output).dims, model };
}

function failure(layers: string, shape: readonly number[]): ModelBuildError {
  try {
    shapeAfter(layers, shape);
  } catch (error) {
    if (error instanceof ModelBuildError) return error;
    throw error;
  }
  throw new Error('it was built');
}

describe('shapes', () => {
  it.each([
    ['- dense: 7', [5], [7]],
    ['- conv: { filters: 6, kernel: 3 }', [2, 8, 8], [6, 6, 6]],
    ['- conv: { filters: 6, kernel: 3, padding: same }', [2, 8, 9], [6, 8, 9]],
    ['- conv: { filters: 6, kernel: 4, padding: same, stride: 2 }', [2, 7, 8], [6, 4, 4]],
    ['- conv: { filters: 6, kernel: [3, 5], padding: [1, 2] }', [2, 8, 8], [6, 8, 8]],
    ['- conv: { filters: 6, kernel: 3, padding: same, dilation: 2 }', [2, 8, 8], [6, 8, 8]],
    ['- conv: { filters: 4, kernel: 3, groups: 2 }', [2, 8], [4, 6]],
    ['- conv: { filters: 4, kernel: 2 }', [1, 4, 4, 4], [4, 3, 3, 3]],
    ['- conv-transpose: { filters: 3, kernel: 2, stride: 2 }', [4, 5, 5], [3, 10, 10]],
    ['- conv-transpose: { filters: 3, kernel: 3, stride: 2, padding: same }', [4, 5, 5], [3, 10, 10]],
    ['- conv-transpose: { filters: 3, kernel: 1, stride: 2, padding: same }', [4, 5], [3, 10]],
    ['- max-pool: 2', [3, 9, 8], [3, 4, 4]],
    ['- max-pool: { kernel: 3, stride: 2, padding: same }', [3, 9, 8], [3, 5, 4]],
    ['- average-pool: [2, 4]', [3, 8, 8], [3, 4, 2]],
    ['- global-average-pool', [3, 8, 8], [3]],
    ['- global-max-pool', [3, 8], [3]],
    ['- flatten', [3, 8, 8], [192]],
    ['- reshape: [4, -1]', [3, 8], [4, 6]],
    ['- layer-norm', [3, 8], [3, 8]],
    ['- residual: [{ dense: 5 }, relu, { dense: 5 }]', [5], [5]],
    ['- residual: { layers: [{ dense: 6 }], shortcut: [{ dense: 6 }] }', [5], [6]],
  ])('%s of %j', (layers, shape, expected) => {
    expect(shapeAfter(layers, shape).dims).toEqual(['batch', ...expected]);
  });
});

describe('parameters', () => {
  it('have names that count by type, in nested layers too', () => {
    const { model } = shapeAfter(
      '[{ dense: 4 }, { residual: [{ dense: 4 }, { batch-norm: 0.2 }] }, { dense: 2 }, layer-norm]',
      [3],
    );
    expect(layoutOf(model).entries.map(({ name, section, decay }) => [name, section, decay])).toEqual([
      ['dense1.weight', 'trainable', true],
      ['dense1.bias', 'trainable', false],
      ['dense2.weight', 'trainable', true],
      ['dense2.bias', 'trainable', false],
      ['batch_norm1.weight', 'trainable', false],
      ['batch_norm1.bias', 'trainable', false],
      ['dense3.weight', 'trainable', true],
      ['dense3.bias', 'trainable', false],
      ['layer_norm1.weight', 'trainable', false],
      ['layer_norm1.bias', 'trainable', false],
      ['batch_norm1.running_mean', 'buffers', false],
      ['batch_norm1.running_var', 'buffers', false],
    ]);
  });

  it('leave the bias out when it is not wanted', () => {
    const { model } = shapeAfter('[{ conv: { filters: 2, kernel: 3, bias: false } }]', [1, 5, 5]);
    expect([...model.graph.initializers.keys()]).toEqual(['conv1.weight']);
  });
});

describe('layers that do not fit', () => {
  it.each([
    ['- dense: 7', [3, 8, 8], 'model.layers[0] (dense): got [batch, 3, 8, 8], dense needs [batch, features]'],
    ['- conv: { filters: 6, kernel: 3 }', [64], 'set data.features.shape'],
    ['- conv: { filters: 6, kernel: 9 }', [1, 8, 8], 'a window of 9 does not fit 8 values on spatial axis 0'],
    [
      '- conv: { filters: 6, kernel: [3, 3] }',
      [1, 8],
      'kernel has 2 values but the input has 1 spatial axes',
    ],
    ['- conv: { filters: 5, kernel: 3, groups: 2 }', [2, 8, 8], '2 groups'],
    ['- max-pool: 2', [8], 'max-pool needs [batch, channels, length]'],
    ['- reshape: [5, 5]', [24], '24 values of one example do not make the shape [5, 5]'],
    ['- reshape: [-1, 5]', [24], 'do not make the shape'],
    ['- layer-norm: 3', [4, 4], 'axis 3 is none of the 2 axes'],
    ['- softmax: 0', [4], 'axis 0 is none'],
    ['- residual: [{ dense: 6 }]', [5], 'the layers make [6] of one example, to be added to [5]'],
    ['- [relu, relu]', [5], 'is no layer'],
    ['- rulu', [5], 'there is no such layer; there are dense, conv,'],
    ['- dense: many', [5], 'for example `- dense: 64`'],
    ['- conv: { filters: 6, kernel: 3, paddin: same }', [1, 8, 8], 'paddin'],
    ['- relu: 5', [5], 'for example `- relu`'],
  ])('%s on %j: %s', (layers, shape, message) => {
    expect(failure(layers, shape).message).toContain(message);
  });

  it('say where in nested lists, and what came in', () => {
    const error = failure('[relu, { residual: [relu, { conv: { filters: 1, kernel: 1 } }] }]', [5]);
    expect(error.path).toEqual(['model', 'layers', 1, 'layers', 1]);
    expect(error.type).toBe('conv');
    expect(error.incoming).toEqual(['batch', 5]);
  });
});

describe('every layer of the registry', () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await createOnnxRuntimeNode({ threads: 1 });
  });
  afterAll(() => engine.close());

  it.each(Object.entries(layerRegistry))('%s: its example runs and has gradients', async (type, row) => {
    const flat = ['dense', 'residual'].includes(type);
    const example = type === 'reshape' ? '- reshape: [2, -1]' : row.example;
    const shape = flat ? [64] : [2, 8, 8];
    const { dims, model } = shapeAfter(example, shape);
    const inference = model.graph.outputs[0]!.name;
    const builder = GraphBuilder.from(model);
    const weight = builder.input('weight', 'float32', dims);
    builder.output(
      builder.op('ReduceSum', [builder.op('Mul', [inference, weight])], { keepdims: 0 }, 'total'),
    );
    const executable = await engine.compile({
      model: builder.build(),
      gradients: { of: 'total', withRespectTo: ['features'] },
    });
    const size = 3 * sizeOf(shape);
    const features = float32(
      [3, ...shape],
      Float32Array.from({ length: size }, (_, i) => Math.sin(i * i)),
    );
    const weightDims = [3, ...(dims.slice(1) as number[])];
    const feeds: Record<string, Tensor> = {
      features,
      weight: float32(
        weightDims,
        Float32Array.from({ length: sizeOf(weightDims) }, (_, i) => Math.cos(3 * i)),
      ),
    };
    const total = float32([], [0]);
    const gradient = float32([3, ...shape], new Float32Array(size));
    await executable.run(feeds, { total, [gradientName('features')]: gradient });
    await executable.release();
    expect(Number.isFinite(total.data[0])).toBe(true);
    const values = gradient.data as Float32Array;
    expect(values.every(Number.isFinite)).toBe(true);
    expect(values.some((value) => value !== 0)).toBe(true);
  });

  it('has a description, and an example of itself', () => {
    for (const [type, { description, example }] of Object.entries(layerRegistry)) {
      expect(description.length, type).toBeGreaterThan(5);
      expect(example, type).toContain(type);
    }
  });
});
