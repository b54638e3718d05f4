import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../../../engines/engine.ts';
import { createOnnxRuntimeNode } from '../../../../engines/onnxruntime-node.ts';
import type { LoraJob } from '../../../../shared/job/job.ts';
import { importForTraining } from '../../../../shared/nn/import/import.ts';
import { adaptersOf } from '../../../../shared/nn/lora/record.ts';
import type { FeatureSpec, TargetSpec } from '../../../../shared/nn/model.ts';
import { GraphBuilder } from '../../../../shared/onnx/builder.ts';
import type { Model } from '../../../../shared/onnx/model.ts';
import { readModel } from '../../../../shared/onnx/read.ts';
import { float32, sizeOf, type Tensor } from '../../../../shared/onnx/tensor.ts';
import { writeModel } from '../../../../shared/onnx/write.ts';
import { encode } from '../../../../shared/parameters/codecs.ts';
import { layoutOf } from '../../../../shared/parameters/layout-of.ts';
import { VectorMemory } from '../../../../shared/parameters/memory.ts';
import { exportModel } from '../../../../shared/programs/export.ts';
import { predictionProgram } from '../../../../shared/programs/predict.ts';
import { trainingProgram } from '../../../../shared/programs/train.ts';
import { initialValues, ProgramRunner, relativeError } from '../../programs/program-runner.ts';

const cnn = readFileSync(new URL('../../../data/onnx/pytorch-cnn.onnx', import.meta.url));
const digits: TargetSpec = { kind: 'class', classes: [...'0123456789'] };
const image: FeatureSpec = { shape: [1, 8, 8], normalize: { kind: 'none' } };
const loss = { kind: 'cross-entropy', weights: undefined, labelSmoothing: 0, ignore: undefined } as const;
const metadata = { target: digits, run: 'r', round: 1, version: '1', metrics: {}, producerVersion: '0' };

let engine: Engine;
beforeAll(async () => {
  engine = await createOnnxRuntimeNode({ threads: 1 });
});
afterAll(() => engine.close());

/** Deterministic numbers in [-1, 1). */
const numbers = (count: number, salt = 1) =>
  Float32Array.from({ length: count }, (_, index) => Math.sin((index + 1) * 12.9898 * salt) % 1);

async function run(model: Model, feeds: Record<string, Tensor>): Promise<Float32Array> {
  const [output] = model.graph.outputs;
  const executable = await engine.compile({ model });
  const batch = Object.values(feeds)[0]!.dims[0]!;
  const dims = output!.dims.map((dim) => (typeof dim === 'number' ? dim : batch));
  const data = new Float32Array(sizeOf(dims));
  await executable.run(feeds, { [output!.name]: float32(dims, data) });
  await executable.release();
  return data;
}

/** All weights of a model, moved away from where they start. */
const moved = (model: Model) => {
  const layout = layoutOf(model);
  const values = initialValues(model, layout);
  const steps = numbers(values.length, 3);
  return { layout, values: values.map((value, index) => value + 0.1 * Math.abs(steps[index]!)) };
};

const predict = async (model: Model, target: TargetSpec, values: Float32Array, features: Float32Array) => {
  const runner = await ProgramRunner.compile(engine, predictionProgram(model, target), layoutOf(model));
  const { predictions } = await runner.run(values, { features });
  await runner.release();
  return predictions;
};

describe('adapters', () => {
  const lora: LoraJob = { rank: 2, alpha: 6, targets: ['*conv*', '*fc*', '*Gemm*', '*Conv*'], dropout: 0 };
  const source = readModel(cnn);

  it('change nothing at first, and are all that the layout holds', async () => {
    const plain = importForTraining(cnn, image, digits, {}, 1).model;
    const { model } = importForTraining(cnn, image, digits, { lora }, 1);
    const layout = layoutOf(model);
    expect(layout.entries.every(({ name }) => /\.lora_[AB]\.weight$/.test(name))).toBe(true);
    expect(layout.buffers).toBe(0);
    const features = numbers(3 * 64);
    const before = await predict(plain, digits, initialValues(plain, layoutOf(plain)), features);
    const after = await predict(model, digits, initialValues(model, layout), features);
    expect(relativeError(after['logits']!, before['logits']!)).toBeLessThan(1e-6);
  });

  it('an update is as large as they are, whatever the base holds', () => {
    const dense = (width: number) => {
      const builder = new GraphBuilder();
      builder.input('x', 'float32', ['n', width]);
      const weight = builder.initializer('w', float32([width, 10], numbers(width * 10)));
      builder.output(builder.op('MatMul', ['x', weight], {}, 'y'));
      return writeModel(builder.build());
    };
    const job = { lora: { ...lora, targets: ['w'] } };
    const { model, notes } = importForTraining(dense(5000), { ...image, shape: [5000] }, digits, job, 1);
    expect(notes).toEqual([
      `LoRA adapters of rank ${lora.rank} (alpha ${lora.alpha}) train beside 1 weight: w`,
    ]);
    const layout = layoutOf(model);
    expect(layout.length).toBe(2 * 5000 + 10 * 2);
    expect(encode(VectorMemory.create(layout.length).allocate(layout.length), 'f32').length).toBe(
      4 * layout.length,
    );
    expect(trainingProgram(model, loss, digits).differentiate).toHaveLength(2);
  });

  it('lower the loss along their gradient', async () => {
    const { model } = importForTraining(cnn, image, digits, { lora }, 1);
    const { layout, values } = moved(model);
    const runner = await ProgramRunner.compile(engine, trainingProgram(model, loss, digits), layout);
    const batch = { features: numbers(10 * 64), target: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9] };
    const first = await runner.run(values, batch);
    expect(first.update.some((value) => value !== 0)).toBe(true);
    const stepped = values.map((value, index) => value - 1e-3 * first.update[index]!);
    const second = await runner.run(stepped, batch);
    await runner.release();
    expect(second.sums['loss']).toBeLessThan(first.sums['loss']!);
  });

  it.each(['own', 'original'] as const)(
    'merged, the file (%s form) computes what they computed, under the same names',
    async (form) => {
      const { model } = importForTraining(cnn, image, digits, { lora }, 1);
      const { layout, values } = moved(model);
      const features = numbers(4 * 64, 2);
      const expected = (await predict(model, digits, values, features))['logits']!;
      const exported = exportModel(model, layout, values, metadata, form);
      const kinds = adaptersOf(model)!.adapters.map(({ kind }) => kind);
      expect(new Set(kinds)).toEqual(new Set(['conv', 'dense']));
      const input = exported.graph.inputs[0]!.name;
      const actual = await run(exported, { [input]: float32([4, 1, 8, 8], features) });
      expect(relativeError(actual, expected)).toBeLessThan(1e-5);
      if (form === 'original') {
        expect([...exported.graph.initializers.keys()].sort()).toEqual(
          [...source.graph.initializers.keys()]
            .filter((name) => exported.graph.initializers.has(name))
            .sort(),
        );
        expect(exported.graph.inputs.map(({ name }) => name)).toEqual(
          source.graph.inputs.map(({ name }) => name),
        );
        expect(exported.graph.outputs.map(({ name }) => name)).toEqual(
          source.graph.outputs.map(({ name }) => name),
        );
        expect(exported.graph.nodes.filter(({ op }) => op === 'Conv')).toHaveLength(
          source.graph.nodes.filter(({ op }) => op === 'Conv').length,
        );
      }
    },
  );

  it('on an embedding and on a transposed weight are merged as they are added; dropout is gone from the file', async () => {
    const builder = new GraphBuilder();
    const ids = builder.input('ids', 'int64', ['n', 3]);
    const table = builder.initializer('embed.weight', float32([5, 4], numbers(20)));
    const value = builder.op('ReduceMean', [builder.op('Gather', [table, ids]), builder.ints([1])], {
      keepdims: 0,
    });
    const weight = builder.initializer('out.weight', float32([10, 4], numbers(40, 5)));
    builder.output(
      builder.op('MatMul', [value, builder.op('Transpose', [weight], { perm: [1, 0] })], {}, 'y'),
    );
    const spec: FeatureSpec = { shape: [3], type: 'int32', normalize: { kind: 'none' } };
    const job = { lora: { ...lora, targets: ['*.weight'], dropout: 0.5 } };
    const { model } = importForTraining(writeModel(builder.build()), spec, digits, job, 1);
    const { layout, values } = moved(model);
    const own = exportModel(model, layout, values, metadata);
    const original = exportModel(model, layout, values, metadata, 'original');
    const data = [0, 1, 2, 4, 3, 1];
    const tensor = { type: 'int64', dims: [2, 3], data: BigInt64Array.from(data, BigInt) } as const;
    const unmerged: Model = {
      ...model,
      graph: {
        ...model.graph,
        initializers: new Map(
          layout.entries.map(({ name, dims, offset, length }) => [
            name,
            float32(dims, values.slice(offset, offset + length)),
          ]),
        ),
      },
    };
    const program = {
      ...unmerged,
      graph: {
        ...unmerged.graph,
        nodes: unmerged.graph.nodes.map((node) =>
          node.op === 'Dropout' ? { ...node, op: 'Identity', inputs: [node.inputs[0]!] } : node,
        ),
      },
    };
    const features = { type: 'int32', dims: [2, 3], data: Int32Array.from(data) } as const;
    const expected = await run(program, { features });
    expect(relativeError(await run(own, { features }), expected)).toBeLessThan(1e-5);
    expect(relativeError(await run(original, { ids: tensor }), expected)).toBeLessThan(1e-5);
    expect(original.graph.nodes.map(({ op }) => op).sort()).toEqual([
      'Constant',
      'Gather',
      'MatMul',
      'ReduceMean',
      'Transpose',
    ]);
  });

  it.each([
    ['nothing', ['*nothing*'], {}, /lora\.targets\[0\].*matches no weight that can have an adapter.*nearest/],
    [
      'what trains itself',
      ['*conv*', '*Conv*'],
      { train: ['*'] },
      /is to have an adapter and to train itself/,
    ],
  ] as const)('that target %s are refused', (_, targets, job, message) => {
    expect(() => importForTraining(cnn, image, digits, { ...job, lora: { ...lora, targets } }, 1)).toThrow(
      message,
    );
  });
});

describe('an export in the original form', () => {
  it('has the inputs that the job had bound, the types of the file, and its softmax', async () => {
    const builder = new GraphBuilder();
    const ids = builder.input('logits', 'int64', ['n', 'sequence']);
    const mask = builder.input('attention_mask', 'int64', ['n', 'sequence']);
    const table = builder.initializer('target', float32([5, 10], numbers(50)));
    const kept = builder.op('Unsqueeze', [builder.op('Cast', [mask], { to: 'float32' }), builder.ints([2])]);
    const masked = builder.op('Mul', [builder.op('Gather', [table, ids]), kept]);
    const pooled = builder.op('ReduceSum', [masked, builder.ints([1])], { keepdims: 0 });
    builder.output(builder.op('Softmax', [pooled], { axis: 1 }, 'probabilities'));
    const bytes = writeModel(builder.build());
    const spec: FeatureSpec = { shape: [4], type: 'int32', normalize: { kind: 'none' } };
    const inputs = {
      logits: { kind: 'features' },
      attention_mask: { kind: 'not-padding', padding: 0 },
    } as const;
    const { model } = importForTraining(bytes, spec, digits, { inputs }, 1);
    const { layout, values } = moved(model);
    const exported = exportModel(model, layout, values, metadata, 'original');
    expect(exported.graph.inputs).toEqual([
      { name: 'logits', type: 'int64', dims: ['n', 'sequence'] },
      { name: 'attention_mask', type: 'int64', dims: ['n', 'sequence'] },
    ]);
    expect(exported.graph.outputs.map(({ name, type }) => [name, type])).toEqual([
      ['probabilities', 'float32'],
    ]);
    expect([...exported.graph.initializers.keys()]).toEqual(['target']);
    const data = [1, 2, 0, 0, 4, 3, 2, 0];
    const own = exportModel(model, layout, values, metadata);
    const probabilities = { ...own, graph: { ...own.graph, outputs: [own.graph.outputs[1]!] } };
    const expected = await run(probabilities, {
      features: { type: 'int32', dims: [2, 4], data: Int32Array.from(data) },
    });
    const tokens: Tensor = { type: 'int64', dims: [2, 4], data: BigInt64Array.from(data, BigInt) };
    const ones: Tensor = {
      type: 'int64',
      dims: [2, 4],
      data: BigInt64Array.from(data, (id) => BigInt(Math.sign(id))),
    };
    expect(
      relativeError(await run(exported, { logits: tokens, attention_mask: ones }), expected),
    ).toBeLessThan(1e-6);
  });

  it('ends in the activation of the file, behind a new head too', () => {
    const bytes = readFileSync(new URL('../../../../examples/fine-tune/digits-0-4.onnx', import.meta.url));
    const head = { at: 'last', layers: [{ type: 'dense', options: { units: 10 } }] };
    const { model } = importForTraining(bytes, image, digits, { head }, 1);
    const { layout, values } = moved(model);
    const exported = exportModel(model, layout, values, metadata, 'original');
    expect(exported.graph.inputs.map(({ name }) => name)).toEqual(['pixels']);
    expect(exported.graph.outputs).toEqual([{ name: 'probabilities', type: 'float32', dims: ['batch', 10] }]);
    expect(exported.graph.nodes.at(-1)).toMatchObject({ op: 'Softmax', outputs: ['probabilities'] });
  });

  it('takes and gives the float type of the file', () => {
    const builder = new GraphBuilder();
    builder.input('x', 'float64', ['n', 2]);
    const weight = builder.initializer('w', {
      type: 'float64',
      dims: [2, 10],
      data: Float64Array.from(numbers(20)),
    });
    builder.output(builder.op('Softmax', [builder.op('MatMul', ['x', weight])], { axis: 1 }, 'y'));
    const { model } = importForTraining(writeModel(builder.build()), { ...image, shape: [2] }, digits, {}, 1);
    const { layout, values } = moved(model);
    const exported = exportModel(model, layout, values, metadata, 'original');
    expect(exported.graph.inputs).toEqual([{ name: 'x', type: 'float64', dims: ['batch', 2] }]);
    expect(exported.graph.outputs[0]).toMatchObject({ name: 'y', type: 'float64' });
  });
});
