import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../../engines/engine.ts';
import { createOnnxRuntimeNode } from '../../../engines/onnxruntime-node.ts';
import { modelFromOnnx } from '../../../shared/nn/from-onnx.ts';
import { buildModel, type FeatureSpec, type TargetSpec } from '../../../shared/nn/model.ts';
import { GraphBuilder } from '../../../shared/onnx/builder.ts';
import { float32 } from '../../../shared/onnx/tensor.ts';
import { writeModel } from '../../../shared/onnx/write.ts';
import { layoutOf } from '../../../shared/parameters/layout-of.ts';
import { predictionProgram } from '../../../shared/programs/predict.ts';
import { trainingProgram } from '../../../shared/programs/train.ts';
import { initialValues, ProgramRunner, relativeError } from '../programs/program-runner.ts';

const bytes = readFileSync(new URL('../../data/nn/mlp.onnx', import.meta.url));
const stored: { features: number[]; probabilities: number[] } = JSON.parse(
  readFileSync(new URL('../../data/nn/mlp.json', import.meta.url), 'utf8'),
);
const target: TargetSpec = { kind: 'class', classes: ['a', 'b', 'c'] };
const features: FeatureSpec = { shape: [4], normalize: { kind: 'none' } };
const loss = { kind: 'cross-entropy', weights: undefined, labelSmoothing: 0, ignore: undefined } as const;

let engine: Engine;
beforeAll(async () => {
  engine = await createOnnxRuntimeNode({ threads: 1 });
});
afterAll(() => engine.close());

describe('an MLP exported from PyTorch', () => {
  it('keeps its parameters under their own names, and gives up its softmax', () => {
    const model = buildModel({ kind: 'onnx', path: 'mlp.onnx' }, features, target, 1, { onnx: bytes });
    expect(layoutOf(model).entries.map(({ name, dims }) => [name, dims])).toEqual([
      ['0.weight', [8, 4]],
      ['0.bias', [8]],
      ['2.weight', [3, 8]],
      ['2.bias', [3]],
    ]);
    expect(model.graph.inputs).toEqual([{ name: 'features', type: 'float32', dims: ['batch', 4] }]);
    expect(model.graph.outputs).toEqual([{ name: 'logits', type: 'float32', dims: ['batch', 3] }]);
    expect(model.graph.nodes.map(({ op }) => op)).toEqual(['Gemm', 'Relu', 'Gemm']);
  });

  it("predicts PyTorch's probabilities", async () => {
    const model = modelFromOnnx(bytes, features, target);
    const layout = layoutOf(model);
    const runner = await ProgramRunner.compile(engine, predictionProgram(model, target), layout);
    const { predictions } = await runner.run(initialValues(model, layout), { features: stored.features });
    await runner.release();
    expect(relativeError(predictions['probabilities']!, stored.probabilities)).toBeLessThan(1e-5);
  });

  it('trains: a step along the gradient lowers the loss', async () => {
    const model = modelFromOnnx(bytes, { shape: [4], normalize: { kind: 'divide', by: 2 } }, target);
    const layout = layoutOf(model);
    const runner = await ProgramRunner.compile(engine, trainingProgram(model, loss, target), layout);
    const values = initialValues(model, layout);
    const batch = { features: stored.features, target: [0, 1, 2, 2, 1, 0] };
    const before = await runner.run(values, batch);
    const after = await runner.run(
      values.map((value, index) => value - 0.01 * before.update[index]!),
      batch,
    );
    await runner.release();
    expect(after.sums['loss']).toBeLessThan(before.sums['loss']!);
  });
});

describe('a model file that does not fit', () => {
  const gemm = (batch: number | string, outputs: number) => {
    const builder = new GraphBuilder();
    builder.input('x', 'float32', [batch, 4]);
    const weight = builder.initializer('w', float32([4, outputs], new Float32Array(4 * outputs)));
    const scale = builder.initializer('scale', float32([], [2]));
    builder.output(builder.op('Mul', [builder.op('MatMul', ['x', weight]), scale], {}, 'loss'));
    return writeModel(builder.build());
  };

  it.each([
    [
      'the shape of the features',
      gemm('n', 3),
      { ...features, shape: [5] },
      /is \[n, 4\], one example of the data is \[5\]/,
    ],
    ['the classes', gemm('n', 2), features, /got \[batch, 2\].*needs float32 \[batch, 3\]/],
  ] as const)('says so: %s', (_, file, spec, message) => {
    expect(() => modelFromOnnx(file, spec, target)).toThrow(message);
  });

  it('says so: two outputs', () => {
    const builder = new GraphBuilder();
    builder.input('x', 'float32', ['n', 4]);
    builder.output(builder.op('Relu', ['x'], {}, 'a'));
    builder.output(builder.op('Tanh', ['x'], {}, 'b'));
    expect(() => modelFromOnnx(writeModel(builder.build()), features, target)).toThrow(/it has 'a', 'b'/);
  });

  it('takes a fixed batch for a symbolic one, keeps scalars constant, and moves values out of the way of programs', () => {
    const model = modelFromOnnx(gemm(1, 3), features, target);
    expect(layoutOf(model).entries.map(({ name }) => name)).toEqual(['w']);
    expect(trainingProgram(model, loss, target).sums).toEqual(['loss', 'denominator', 'examples', 'correct']);
  });
});
