import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { type Engine, gradientName } from '../../../engines/engine.ts';
import { createOnnxRuntimeNode } from '../../../engines/onnxruntime-node.ts';
import { layerRegistry } from '../../../shared/nn/layers/registry.ts';
import { LayerStack } from '../../../shared/nn/layers/stack.ts';
import { ModelBuildError } from '../../../shared/nn/model-build-error.ts';
import { GraphBuilder } from '../../../shared/onnx/builder.ts';
import { checkModel } from '../../../shared/onnx/check.ts';
import { expandOperators } from '../../../shared/onnx/expand/expand.ts';
import { trainingExpansionOf } from '../../../shared/onnx/expand/recurrent/unroll.ts';
import { float32, sizeOf, type Tensor } from '../../../shared/onnx/tensor.ts';
import { layoutOf } from '../../../shared/parameters/layout-of.ts';

/** Output shape of a list of layers, written as in a job file, for inputs of a shape (without the batch). */
function shapeAfter(layers: string, shape: readonly number[], type: 'float32' | 'int32' = 'float32') {
  const builder = new GraphBuilder();
  builder.input('features', type, ['batch', ...shape]);
  const output = new LayerStack(builder, 1).append(parse(layers), 'features', ['layers']);
  builder.output(output);
  const model = builder.build();
  checkModel(model);
  return { dims: builder.typeOf(output).dims, model };
}

function failure(
  layers: string,
  shape: readonly number[],
  type: 'float32' | 'int32' = 'float32',
): ModelBuildError {
  try {
    shapeAfter(layers, shape, type);
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
    ['- dense: 7', [3, 8, 8], [3, 8, 7]],
    ['- residual: [{ dense: 5 }, relu, { dense: 5 }]', [5], [5]],
    ['- upsample: 3', [2, 4, 5], [2, 12, 15]],
    ['- upsample: { mode: linear }', [2, 4], [2, 8]],
    ['- squeeze-excite', [6, 4, 4], [6, 4, 4]],
    ['- group-norm: 2', [6, 4, 4], [6, 4, 4]],
    ['- instance-norm', [6, 4], [6, 4]],
    ['- rms-norm', [6, 4], [6, 4]],
    ['- prelu', [6, 4, 4], [6, 4, 4]],
    ['- patches: { size: 2, features: 5 }', [3, 4, 6], [6, 5]],
    ['- class-token', [6, 5], [7, 5]],
    ['- positions: sinusoidal', [6, 5], [6, 5]],
    ['- embedding: { vocabulary: 9, size: 4 }', [6], [6, 4]],
    ['- attention: { heads: 4, kv-heads: 2, rotary: true, causal: true }', [6, 16], [6, 16]],
    ['- transformer: { heads: 2, activation: swiglu, norm: rms, dropout: 0.1 }', [6, 8], [6, 8]],
    ['- lstm: { units: 3, bidirectional: true, layers: 2, dropout: 0.5 }', [6, 8], [6, 6]],
    ['- gru: { units: 3, bidirectional: true, return: last }', [6, 8], [6]],
    ['- rnn: { units: 3, return: last }', [6, 8], [3]],
    ['- pool-time: last', [6, 8], [8]],
    ['- pool-time: max', [6, 8], [8]],
    ['- transpose', [6, 8], [8, 6]],
    ['- transpose: [3, 1, 2]', [2, 3, 4], [4, 2, 3]],
    ['- columns: [4, 0]', [5], [2]],
    ['- sample', [8], [4]],
    ['[{ label: a }, { dense: 3 }, { concatenate: a }]', [5], [8]],
    ['[{ label: a }, { dense: 5 }, { add: a }, { multiply: [a, a] }, { dot: a }]', [5], [1]],
    ['[{ dense: 5 }, { from: features }]', [7], [7]],
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
    ['- dense: 7', [], 'model.layers[0] (dense): got [batch], dense needs [batch, …, features]'],
    ['- attention: 3', [6, 8], '3 heads do not divide 8 features'],
    ['- attention: { heads: 4, kv-heads: 3 }', [6, 8], 'kv-heads: 3 does not divide heads: 4'],
    ['- attention: { heads: 8, rotary: true }', [6, 8], 'rotary turns pairs'],
    ['- attention: 2', [8], 'attention needs a sequence [batch, time, features]'],
    ['- attention: { heads: 2, padding: 0 }', [6, 8], 'padding is an id among token ids'],
    ['- lstm: 4', [1, 8, 8], 'lstm needs a sequence'],
    ['- patches: { size: 3, features: 4 }', [1, 8, 8], 'of which 3 divides height and width'],
    ['- group-norm: 4', [6, 3], 'channels that 4 groups divide'],
    ['- sample', [5], 'put a `- dense` of an even size before it'],
    ['- columns: [5]', [5], 'column 5 is none of 5: use 0 to 4'],
    ['- transpose: [1, 1]', [5, 6], 'must be 1, 2 in some order'],
    ['- from: trunk', [5], "no layer before this one is labelled 'trunk' (there are 'features')"],
    ['[{ label: a }, { label: a }]', [5], "the label 'a' is taken already"],
    ['[{ label: a }, { dense: 3 }, { add: a }]', [5], "'a' is [5] of one example"],
    ['[{ label: a }, { reshape: [5, 1] }, { concatenate: a }]', [5], 'all axes but axis 1 must be alike'],
    ['- logits-of: embedding1', [5], "there is no embedding 'embedding1' before this layer"],
    ['- pool-time: { by: max, padding: 0 }', [5, 6], 'padding is left out of a mean'],
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

  it('say that token ids are to be embedded', () => {
    const error = failure('- dense: 7', [6], 'int32');
    expect(error.message).toContain(
      'token ids (int32) came: put `- embedding: { vocabulary: 1000, size: 64 }` before it',
    );
  });

  it('say where in nested lists, and what came in', () => {
    const error = failure('[relu, { residual: [relu, { conv: { filters: 1, kernel: 1 } }] }]', [5]);
    expect(error.path).toEqual(['model', 'layers', 1, 'layers', 1]);
    expect(error.type).toBe('conv');
    expect(error.incoming).toEqual(['batch', 5]);
  });
});

/** Inputs of one example that layers need, where an image of two channels is nothing for them. */
const PLACES: Readonly<Record<string, { shape: readonly number[]; example?: string }>> = {
  dense: { shape: [64] },
  residual: { shape: [64] },
  reshape: { shape: [2, 8, 8], example: '- reshape: [2, -1]' },
  transpose: { shape: [3, 4] },
  columns: { shape: [5] },
  // Ids have no gradient: what leads to the loss goes around them.
  embedding: { shape: [4], example: around('{ embedding: { vocabulary: 9, size: 1 } }, flatten') },
  'logits-of': {
    shape: [4],
    example: around(
      '{ embedding: { vocabulary: 4, size: 4 } }, { logits-of: embedding1 }, { pool-time: mean }',
    ),
  },
  label: { shape: [5] },
  from: { shape: [5] },
  add: { shape: [5], example: '[{ label: trunk }, { add: trunk }]' },
  multiply: { shape: [5], example: '[{ label: trunk }, { multiply: trunk }]' },
  concatenate: { shape: [5], example: '[{ label: trunk }, { concatenate: trunk }]' },
  dot: { shape: [5], example: '[{ label: trunk }, { dot: trunk }]' },
  sample: { shape: [6], example: '[{ label: trunk }, sample, { concatenate: trunk }]' },
  patches: { shape: [2, 8, 8] },
  ...Object.fromEntries(
    [
      'class-token',
      'positions',
      'attention',
      'transformer',
      'rnn',
      'lstm',
      'gru',
      'pool-time',
      'blank-padding',
    ].map((type) => [type, { shape: [3, 8] }]),
  ),
};

function around(layers: string): string {
  return `[{ label: ids }, { dense: 4 }, { label: numbers }, { from: ids }, ${layers}, { add: numbers }]`;
}

describe('every layer of the registry', () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await createOnnxRuntimeNode({ threads: 1 });
  });
  afterAll(() => engine.close());

  it.each(Object.entries(layerRegistry))('%s: its example runs and has gradients', async (type, row) => {
    const { example = row.example, shape } = PLACES[type] ?? { shape: [2, 8, 8] };
    const { dims, model } = shapeAfter(example, shape);
    const inference = model.graph.outputs[0]!.name;
    const builder = GraphBuilder.from(model);
    const weight = builder.input('weight', 'float32', dims);
    builder.output(
      builder.op('ReduceSum', [builder.op('Mul', [inference, weight])], { keepdims: 0 }, 'total'),
    );
    // As a training program has it: recurrent operators unrolled, noise fixed.
    const trained = expandOperators(builder.build(), { rowOf: trainingExpansionOf });
    const executable = await engine.compile({
      model: trained,
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
