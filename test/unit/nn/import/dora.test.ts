import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../../../engines/engine.ts';
import { createOnnxRuntimeNode } from '../../../../engines/onnxruntime-node.ts';
import { importForTraining } from '../../../../shared/nn/import/import.ts';
import { peftAdapters } from '../../../../shared/nn/lora/peft.ts';
import { adaptersOf } from '../../../../shared/nn/lora/record.ts';
import type { FeatureSpec, TargetSpec } from '../../../../shared/nn/model.ts';
import { GraphBuilder } from '../../../../shared/onnx/builder.ts';
import { float32 } from '../../../../shared/onnx/tensor.ts';
import { writeModel } from '../../../../shared/onnx/write.ts';
import { layoutOf } from '../../../../shared/parameters/layout-of.ts';
import { exportModel } from '../../../../shared/programs/export.ts';
import { predictionProgram } from '../../../../shared/programs/predict.ts';
import { trainingProgram } from '../../../../shared/programs/train.ts';
import { initialValues, ProgramRunner, relativeError } from '../../programs/program-runner.ts';

interface Stored {
  readonly dims: readonly number[];
  readonly values: readonly number[];
}

/** What test/data/nn/dora.py computed in PyTorch, float64. */
const oracle = JSON.parse(
  readFileSync(new URL('../../../data/nn/dora.json', import.meta.url), 'utf8'),
) as Readonly<Record<'base' | 'adapters' | 'gradients', Readonly<Record<string, Stored>>>> & {
  readonly rank: number;
  readonly alpha: number;
  readonly features: readonly number[];
  readonly target: readonly number[];
  readonly logits: readonly number[];
  readonly loss: number;
};

/** A convolution with a bias, a Gemm over a transposed weight with one, and a MatMul. */
function file(): Uint8Array {
  const builder = new GraphBuilder();
  const x = builder.input('x', 'float32', ['n', 2, 3, 3]);
  const weight = (name: string) => {
    const { dims, values } = oracle.base[name]!;
    return builder.initializer(name, float32(dims, values));
  };
  const conv = builder.op('Conv', [x, weight('conv.weight'), weight('conv.bias')], {
    kernel_shape: [3, 3],
    pads: [1, 1, 1, 1],
  });
  const flat = builder.op('Flatten', [builder.op('Relu', [conv])], { axis: 1 });
  const dense = builder.op('Gemm', [flat, weight('dense.weight'), weight('dense.bias')], { transB: 1 });
  builder.output(builder.op('MatMul', [builder.op('Relu', [dense]), weight('head')], {}, 'y'));
  return writeModel(builder.build());
}

const image: FeatureSpec = { shape: [2, 3, 3], normalize: { kind: 'none' } };
const target: TargetSpec = { kind: 'class', classes: ['a', 'b', 'c'] };
const loss = { kind: 'cross-entropy', weights: undefined, labelSmoothing: 0, ignore: undefined } as const;
const lora = { rank: oracle.rank, alpha: oracle.alpha, dropout: 0, dora: true };
const imported = (targets = ['conv.weight', 'dense.weight', 'head']) =>
  importForTraining(file(), image, target, { lora: { ...lora, targets } }, 1).model;

/** The flat vector with the oracle's adapters. */
function given(model = imported()) {
  const layout = layoutOf(model);
  const values = initialValues(model, layout);
  for (const { name, offset } of layout.entries) values.set(oracle.adapters[name]!.values, offset);
  return { model, layout, values };
}

let engine: Engine;
beforeAll(async () => {
  engine = await createOnnxRuntimeNode({ threads: 1 });
});
afterAll(() => engine.close());

async function logitsOf(model: ReturnType<typeof imported>, values: Float32Array): Promise<Float32Array> {
  const runner = await ProgramRunner.compile(engine, predictionProgram(model, target), layoutOf(model));
  const { predictions } = await runner.run(values, { features: oracle.features });
  await runner.release();
  return predictions['logits']!;
}

describe('weight-decomposed adapters', () => {
  it('change nothing at first: the magnitude is the norm of the weight', async () => {
    const plain = importForTraining(file(), image, target, {}, 1).model;
    const before = await logitsOf(plain, initialValues(plain, layoutOf(plain)));
    const model = imported();
    const after = await logitsOf(model, initialValues(model, layoutOf(model)));
    expect(relativeError(after, before)).toBeLessThan(1e-6);
  });

  it('have the outputs, loss and gradients that PyTorch computes', async () => {
    const { model, layout, values } = given();
    expect(layout.entries.map(({ name }) => name).sort()).toEqual(Object.keys(oracle.adapters).sort());
    expect(relativeError(await logitsOf(model, values), oracle.logits)).toBeLessThan(1e-5);
    const runner = await ProgramRunner.compile(engine, trainingProgram(model, loss, target), layout);
    const { sums, update } = await runner.run(values, { features: oracle.features, target: oracle.target });
    await runner.release();
    expect(sums['loss']).toBeCloseTo(oracle.loss, 4);
    for (const { name, offset, length } of layout.entries) {
      const gradient = update.subarray(offset, offset + length);
      expect(relativeError(gradient, oracle.gradients[name]!.values), name).toBeLessThan(1e-4);
    }
  });

  it.each(['own', 'original'] as const)(
    'merged, the file (%s form) computes what they computed',
    async (form) => {
      const { model, layout, values } = given();
      const metadata = { target, run: 'r', round: 1, version: '1', metrics: {}, producerVersion: '0' };
      const exported = exportModel(model, layout, values, metadata, form);
      expect([...exported.graph.initializers.keys()].some((name) => name.includes('lora'))).toBe(false);
      const operators = exported.graph.nodes.map(({ op }) => op);
      expect(operators.filter((op) => op === 'Sqrt')).toEqual([]);
      const executable = await engine.compile({ model: exported });
      const data = new Float32Array(18);
      const { name: input } = exported.graph.inputs[0]!;
      await executable.run(
        { [input]: float32([6, 2, 3, 3], oracle.features) },
        { [exported.graph.outputs[0]!.name]: float32([6, 3], data) },
      );
      await executable.release();
      expect(relativeError(data, await logitsOf(model, values))).toBeLessThan(1e-5);
    },
  );

  it("are stored under PEFT's names", () => {
    const { model, layout, values } = given();
    const { tensors, config } = peftAdapters(model, layout, values, 'file.onnx')!;
    expect(config).toMatchObject({ use_dora: true, target_modules: ['conv', 'dense', 'head'] });
    const dims = Object.fromEntries(tensors.map(({ name, dims }) => [name, dims]));
    expect(dims).toMatchObject({
      'base_model.model.conv.lora_magnitude_vector': [1, 4, 1, 1],
      'base_model.model.dense.lora_magnitude_vector': [5],
      'base_model.model.head.lora_magnitude_vector': [3],
    });
  });

  it('are not for embeddings, and stand in the record of adapters alone where they are asked for', () => {
    const builder = new GraphBuilder();
    const ids = builder.input('ids', 'int64', ['n', 3]);
    const table = builder.initializer('words.weight', float32([5, 3], new Float32Array(15).fill(1)));
    const mean = builder.op('ReduceMean', [builder.op('Gather', [table, ids]), builder.ints([1])], {
      keepdims: 0,
    });
    builder.output(mean);
    const job = { lora: { ...lora, targets: ['words.weight'] } };
    const tokens: FeatureSpec = { shape: [3], type: 'int32', normalize: { kind: 'none' } };
    expect(() => importForTraining(writeModel(builder.build()), tokens, target, job, 1)).toThrow(
      "'words.weight' is an embedding, and dora is for weights of MatMul, Gemm and Conv",
    );
    const plain = importForTraining(
      file(),
      image,
      target,
      { lora: { ...lora, dora: false, targets: ['head'] } },
      1,
    );
    expect(adaptersOf(plain.model)!.adapters[0]).not.toHaveProperty('magnitude');
  });
});
