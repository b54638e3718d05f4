import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { importForTraining } from '../../../../shared/nn/import/import.ts';
import { restoreSignature } from '../../../../shared/nn/import/restore.ts';
import { signatureOf } from '../../../../shared/nn/import/signature.ts';
import type { FeatureSpec, TargetSpec } from '../../../../shared/nn/model.ts';
import { GraphBuilder } from '../../../../shared/onnx/builder.ts';
import { float32, int64 } from '../../../../shared/onnx/tensor.ts';
import { writeModel } from '../../../../shared/onnx/write.ts';
import { layoutOf } from '../../../../shared/parameters/layout-of.ts';
import { trainingProgram } from '../../../../shared/programs/train.ts';

const read = (name: string) => readFileSync(new URL(`../../../data/onnx/${name}`, import.meta.url));
const classes = (count: number): TargetSpec => ({
  kind: 'class',
  classes: Array.from({ length: count }, (_, index) => String(index)),
});
const plain = (shape: number[], type: 'float32' | 'int32' = 'float32'): FeatureSpec => ({
  shape,
  type,
  normalize: { kind: 'none' },
});
const loss = { kind: 'cross-entropy', weights: undefined, labelSmoothing: 0, ignore: undefined } as const;
const names = (model: Parameters<typeof layoutOf>[0]) => layoutOf(model).entries.map(({ name }) => name);
const cnn = read('pytorch-cnn.onnx');
const image = plain([1, 8, 8]);

/** Token ids [batch, sequence] through an embedding, a mask and a dense layer: as exporters write text models. */
function textModel(options: { second?: boolean } = {}): Uint8Array {
  const builder = new GraphBuilder();
  const ids = builder.input('input_ids', 'int64', ['n', 'sequence']);
  const table = builder.initializer(
    'table',
    float32(
      [7, 4],
      Array.from({ length: 28 }, (_, k) => Math.sin(k)),
    ),
  );
  let value = builder.op('Gather', [table, ids], { axis: 0 }, 'embedded');
  if (options.second !== false) {
    const mask = builder.input('attention_mask', 'int64', ['n', 'sequence']);
    const kept = builder.op('Cast', [mask], { to: 'float32' }, 'kept');
    const wide = builder.op('Unsqueeze', [kept, builder.constant(int64([1], [2]))], {}, 'wide');
    value = builder.op('Mul', [value, wide], {}, 'masked');
  }
  const pooled = builder.op('ReduceMean', [value, builder.ints([1])], { keepdims: 0 }, 'pooled');
  const weight = builder.initializer(
    'dense.weight',
    float32(
      [3, 4],
      Array.from({ length: 12 }, (_, k) => Math.cos(k)),
    ),
  );
  const across = builder.op('Transpose', [weight], { perm: [1, 0] }, 'across');
  const product = builder.op('MatMul', [pooled, across], {}, 'product');
  const bias = builder.initializer('dense.bias', float32([3], [0, 1, 2]));
  builder.output(builder.op('Add', [product, bias], {}, 'scores'));
  return writeModel(builder.build());
}

describe('an input of whole numbers', () => {
  it.each(['float32', 'int32'] as const)(
    'takes features of %s, cast, and is int64 again in the export',
    (type) => {
      const { model } = importForTraining(textModel({ second: false }), plain([5], type), classes(3), {}, 1);
      const [features] = model.graph.inputs;
      expect(features).toMatchObject({ name: 'features', type });
      const cast = model.graph.nodes.find(({ op, inputs }) => op === 'Cast' && inputs[0] === 'features');
      expect(cast?.outputs).toEqual(['input_ids']);
      const restored = restoreSignature(model, signatureOf(model)!, classes(3));
      expect(restored.graph.inputs[0]).toMatchObject({ name: 'input_ids', type: 'int64' });
    },
  );
});

describe('which weights train', () => {
  it('are all, and none of the settings', () => {
    const { model, weights } = importForTraining(cnn, image, classes(10), {}, 1);
    expect(weights.every(({ trains }) => trains)).toBe(true);
    expect(names(model).sort()).toEqual(weights.map(({ name }) => name).sort());
  });

  it('are those that train names, without those that freeze names; the others are Constants of the same name', () => {
    const { model } = importForTraining(
      textModel(),
      plain([5], 'int32'),
      classes(3),
      { ...masked, train: ['dense.*'], freeze: ['*.bias'] },
      1,
    );
    expect(names(model)).toEqual(['dense.weight']);
    const constants = model.graph.nodes
      .filter(({ op }) => op === 'Constant')
      .flatMap(({ outputs }) => outputs);
    expect(constants).toEqual(expect.arrayContaining(['table', 'dense.bias']));
  });

  it('may be named by the node that reads them', () => {
    const { model } = importForTraining(
      textModel(),
      plain([5], 'int32'),
      classes(3),
      { ...masked, train: ['product'] },
      1,
    );
    expect(names(model)).toEqual(['dense.weight']);
  });

  it('a batch normalisation that is frozen measures nothing, and neither does one whose scale and bias are', () => {
    const whole = trainingProgram(importForTraining(cnn, image, classes(10), {}, 1).model, loss, classes(10));
    expect(whole.statistics.length).toBeGreaterThan(0);
    const frozen = importForTraining(cnn, image, classes(10), { batchNorm: 'frozen' }, 1).model;
    expect(trainingProgram(frozen, loss, classes(10)).statistics).toEqual([]);
    expect(layoutOf(frozen).buffers).toBe(0);
    const some = whole.statistics[0]!.mean.replace('running_mean', '*');
    const part = importForTraining(cnn, image, classes(10), { freeze: [some] }, 1).model;
    expect(trainingProgram(part, loss, classes(10)).statistics).toHaveLength(whole.statistics.length - 1);
  });

  it('are Constants too where they stand in a weight place, and not where they configure', () => {
    const builder = new GraphBuilder();
    builder.input('x', 'float32', ['n', 2]);
    const weight = builder.node(
      'Constant',
      [],
      { value: float32([3, 2], [1, 2, 3, 4, 5, 6]) },
      { outputs: ['folded'] },
    )[0]!;
    const across = builder.op('Transpose', [weight], { perm: [1, 0] });
    const mean = builder.initializer('mean', float32([2], [1, 2]));
    const centred = builder.op('Sub', ['x', mean]);
    builder.output(builder.op('MatMul', [centred, across], {}, 'y'));
    const { model } = importForTraining(writeModel(builder.build()), plain([2]), classes(3), {}, 1);
    expect(names(model)).toEqual(['folded']);
  });

  it('equal scales that an exporter merged are several again; a transposed copy of a matrix is one with it', () => {
    const builder = new GraphBuilder();
    builder.input('x', 'float32', ['n', 2]);
    const one = builder.initializer('scale', float32([2], [1, 1]));
    const other = builder.node('Identity', [one], {}, { outputs: ['scale2'] })[0]!;
    const square = builder.initializer('w', float32([2, 3], [1, 2, 3, 4, 5, 6]));
    const back = builder.initializer('w_folded', float32([3, 2], [1, 4, 2, 5, 3, 6]));
    const scaled = builder.op('Mul', [builder.op('Mul', ['x', one]), other]);
    const wide = builder.op('MatMul', [scaled, square]);
    builder.output(builder.op('MatMul', [wide, back], {}, 'y'));
    const { model, notes } = importForTraining(writeModel(builder.build()), plain([2]), classes(2), {}, 1);
    expect(names(model).sort()).toEqual(['scale', 'scale2', 'w']);
    expect(notes).toEqual(["'w_folded' is a copy of 'w': they are trained as one"]);
  });

  it('is advised of the outputs that are numbers, and told where no input leads to one', () => {
    const builder = new GraphBuilder();
    builder.input('x', 'float32', ['n', 2]);
    const weight = builder.initializer('w', float32([2, 3], [1, 2, 3, 4, 5, 6]));
    const scores = builder.op('MatMul', ['x', weight], {}, 'scores');
    builder.output(builder.op('ArgMax', [scores], { axis: 1 }, 'label'));
    builder.output(scores);
    builder.output(builder.op('Relu', [weight], {}, 'alone'));
    const file = writeModel(builder.build());
    const told = (output?: string) => () =>
      importForTraining(file, plain([2]), classes(3), output === undefined ? {} : { output }, 1);
    expect(told()).toThrow(/it has 'label', 'scores', 'alone': choose with output: scores/);
    expect(told('alone')).toThrow(/depends on no input/);
  });

  it('of 16 and 64 bits become float32, and that is said', () => {
    const builder = new GraphBuilder();
    builder.input('x', 'float64', ['n', 2]);
    const weight = builder.initializer('w', {
      type: 'float64',
      dims: [2, 3],
      data: Float64Array.of(1, 2, 3, 4, 5, 6),
    });
    builder.output(builder.op('MatMul', ['x', weight], {}, 'y'));
    const { model, notes } = importForTraining(writeModel(builder.build()), plain([2]), classes(3), {}, 1);
    expect(model.graph.initializers.get('w')).toEqual(float32([2, 3], [1, 2, 3, 4, 5, 6]));
    expect(notes).toEqual(['1 weights converted from float64 to float32']);
  });
});

const masked = {
  inputs: { input_ids: { kind: 'features' }, attention_mask: { kind: 'not-padding', padding: 0 } },
} as const;

describe('inputs and outputs', () => {
  it('tokens are cast, the sequence takes the length of the data, a mask is made', () => {
    const { model } = importForTraining(textModel(), plain([5], 'int32'), classes(3), masked, 1);
    expect(model.graph.inputs).toEqual([{ name: 'features', type: 'int32', dims: ['batch', 5] }]);
    expect(model.graph.outputs).toEqual([{ name: 'logits', type: 'float32', dims: ['batch', 3] }]);
  });

  it('a new head takes the place of the last dense layer, or begins at a value', () => {
    const head = { at: 'last', layers: [{ type: 'dense', options: { units: 9 } }] };
    const spec = plain([5], 'int32');
    const result = importForTraining(textModel(), spec, classes(9), { ...masked, head }, 1);
    expect(result.head.map(({ name }) => name)).toEqual(['head.dense1.weight', 'head.dense1.bias']);
    const replaced = result.model;
    expect(names(replaced)).toEqual(['table', 'head.dense1.weight', 'head.dense1.bias']);
    const named = importForTraining(
      textModel(),
      spec,
      classes(9),
      { ...masked, head: { ...head, at: 'pooled' } },
      1,
    ).model;
    expect(names(named)).toEqual(names(replaced));
    expect(named.graph.outputs[0]!.dims).toEqual(['batch', 9]);
  });
});

describe('what does not fit says where and what to do', () => {
  const tokens = plain([5], 'int32');
  const import_ =
    (bytes: Uint8Array, features: FeatureSpec, job: Parameters<typeof importForTraining>[3], count = 3) =>
    () =>
      importForTraining(bytes, features, classes(count), job, 1);

  it.each([
    [
      'a glob without weights',
      { ...masked, freeze: ['dens.*'] },
      /model\.onnx\.freeze\[0\].*'dens\.\*' matches none of its 3 weights; nearest: 'dense\.(bias|weight)'/,
    ],
    ['everything frozen', { ...masked, freeze: ['*'] }, /nothing of it trains/],
    [
      'two inputs unbound',
      {},
      /has 'input_ids', 'attention_mask'.*inputs: \{ input_ids: features, attention_mask: ones \}/,
    ],
    [
      'an input that is not there',
      { inputs: { ids: { kind: 'features' } } } as const,
      /does not depend on an input 'ids'; nearest: 'input_ids'/,
    ],
    ['an output that is not there', { ...masked, output: 'score' }, /no output 'score': it has 'scores'/],
    [
      'a dimension that is not there',
      { ...masked, dims: { seq: 5 } },
      /no symbolic dimension 'seq' \(nearest: 'sequence'/,
    ],
    [
      'a dimension of another size than the data',
      { ...masked, dims: { sequence: 6 } },
      /is \[n, sequence\], one example of the data is \[5\]/,
    ],
    [
      'a head at nothing',
      { ...masked, head: { at: 'poled', layers: [] } },
      /no value or node 'poled'; nearest: 'pooled'/,
    ],
    [
      'other classes',
      masked,
      /as the model's output.*needs float32 \[batch, 4\]: replace its end, head: \{ layers: \[dense: 4\] \}/,
      4,
    ],
    [
      'a head for other classes',
      { ...masked, head: { at: 'pooled', layers: [{ type: 'dense', options: { units: 5, bias: true } }] } },
      /^model\.onnx\.head\.layers\[0\].*got \[batch, 5\].*needs \[batch, 4\] for 4 classes: end with `- dense: 4`$/,
      4,
    ],
  ] as const)('%s', (_, job, message, count?: number) => {
    expect(import_(textModel(), tokens, job, count)).toThrow(message);
  });

  it('tokens for numbers, and numbers for tokens', () => {
    const scaled: FeatureSpec = { ...plain([5]), normalize: { kind: 'divide', by: 2 } };
    expect(import_(textModel(), scaled, masked)).toThrow(
      /whole numbers.*data\.features\.normalize must be none/,
    );
    expect(import_(cnn, plain([1, 8, 8], 'int32'), {}, 10)).toThrow(
      /it takes numbers, as data\.features\.columns/,
    );
  });

  it('no batch size that only the input says: the graph works with any', () => {
    const builder = new GraphBuilder();
    builder.input('x', 'float32', [2, 4]);
    const weight = builder.initializer('w', float32([4, 3], new Float32Array(12).fill(1)));
    builder.output(builder.op('MatMul', ['x', weight], {}, 'y'));
    const { model } = importForTraining(writeModel(builder.build()), plain([4]), classes(3), {}, 1);
    expect(model.graph.inputs[0]!.dims).toEqual(['batch', 4]);
    expect(model.graph.outputs[0]!.dims).toEqual(['batch', 3]);
  });

  it('a batch size that the exporter wrote into the graph', () => {
    const builder = new GraphBuilder();
    builder.input('x', 'float32', [2, 4]);
    const weight = builder.initializer('w', float32([4, 3], new Float32Array(12).fill(1)));
    const flat = builder.op('Reshape', ['x', builder.ints([2, 4])]);
    builder.output(builder.op('MatMul', [flat, weight], {}, 'y'));
    expect(import_(writeModel(builder.build()), plain([4]), {})).toThrow(
      /batch size is fixed|exported for batches of 2/,
    );
  });

  it('an operator that nobody knows', () => {
    const builder = new GraphBuilder();
    builder.input('x', 'float32', ['n', 4]);
    const weight = builder.initializer('w', float32([4, 3], new Float32Array(12).fill(1)));
    builder.output(builder.op('MatMul', ['x', weight], {}, 'y'));
    const model = builder.build();
    const odd = {
      ...model.graph.nodes[0]!,
      name: 'strange',
      op: 'Frobnicate',
      outputs: ['z'],
      inputs: ['y'],
    };
    const graph = {
      ...model.graph,
      nodes: [...model.graph.nodes, odd],
      outputs: [{ ...model.graph.outputs[0]!, name: 'z' }],
    };
    expect(import_(writeModel({ ...model, graph }), plain([4]), {})).toThrow(/node strange.*Frobnicate/s);
  });
});
