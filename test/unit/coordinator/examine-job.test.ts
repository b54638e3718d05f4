import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { examineJob } from '../../../coordinator/run/examine.ts';
import { parseJob } from '../../../shared/job/parse.ts';
import { buildModel } from '../../../shared/nn/model.ts';
import { GraphBuilder } from '../../../shared/onnx/builder.ts';
import { float32, int64 } from '../../../shared/onnx/tensor.ts';
import { writeModel } from '../../../shared/onnx/write.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tributary-examine-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** What `tributary check` does with a job. */
function check(lines: readonly string[], length = 'epochs: 1') {
  const file = join(folder, 'job.yaml');
  const text = ['name: x', length, ...lines].join('\n');
  writeFileSync(file, text);
  return examineJob(parseJob(text, file), file);
}

describe('a model file whose values would be absurdly large', () => {
  const fill = (shape: readonly number[] | 'of the batch') => {
    const builder = new GraphBuilder();
    builder.input('x', 'float32', ['n', 2]);
    const w = builder.initializer('w', float32([2, 1], [1, 2]));
    const y = builder.op('MatMul', ['x', w], {}, 'product');
    const size =
      shape === 'of the batch'
        ? builder.op(
            'Concat',
            [builder.op('Shape', ['x'], { start: 0, end: 1 }), builder.constant(int64([1], [1e10]))],
            { axis: 0 },
          )
        : builder.constant(int64([shape.length], shape));
    const huge = builder.op('ConstantOfShape', [size], { value: float32([1], [0]) }, 'huge');
    const mean = builder.op('ReduceMean', [huge], { keepdims: 0 }, 'mean');
    builder.output(builder.op('Add', [y, mean], {}, 'y'));
    const file = join(folder, 'model.onnx');
    writeFileSync(file, writeModel(builder.build()));
    return file;
  };

  test.each([
    ['10^10 from constants', [1e5, 1e5]],
    ['10^10 for each example', 'of the batch'],
  ] as const)('ConstantOfShape of %s passed check and failed in the run', async (_, shape) => {
    const model = fill(shape);
    writeFileSync(join(folder, 'rows.csv'), 'a,b,c\n1,2,3\n2,3,5\n3,4,7\n4,5,9\n5,6,11\n');
    const job = [
      'data: { source: rows.csv, target: { column: c, type: number } }',
      `model: { onnx: ${model} }`,
      'loss: mse',
    ];
    await expect(check(job)).rejects.toMatchObject({ name: 'RefusedModelError', code: 'limit' });
    await expect(check(job)).rejects.toThrow(
      /node huge \(ConstantOfShape\).*10,000,000,000 elements; allowed are/,
    );
  });
});

describe('a job whose rows members hold, before a survey', () => {
  const job = (target: string, width: number, more: { source?: string; normalize?: string } = {}) => [
    `data: { held-by: members, ${more.source ? `source: ${more.source}, ` : ''}target: { column: c${target} }, features: { columns: [a, b], normalize: ${more.normalize ?? 'none'} } }`,
    `model: { layers: [{ dense: ${width} }] }`,
    'loss: cross-entropy',
    'strategy: fedavg',
  ];
  const federated = (lines: readonly string[]) => check(lines, 'rounds: 1');

  test('keeps the classes that are declared', async () => {
    const declared = job(', classes: [x, y, z]', 3, { normalize: 'standardize' });
    await expect(federated(declared)).resolves.toMatchObject({ classes: ['x', 'y', 'z'], parameters: 9 });
    await expect(federated(job(', classes: [x, y, z]', 4, { normalize: 'standardize' }))).rejects.toThrow(
      /3 classes/,
    );
  });

  test('takes the number of classes that are not declared from the model', async () => {
    await expect(federated(job('', 5))).resolves.toMatchObject({
      classes: undefined,
      outputs: 5,
      parameters: 15,
    });
    await expect(federated(job('', 2))).resolves.toMatchObject({ classes: undefined, outputs: undefined });
    await expect(federated(job('', 1))).rejects.toThrow(/2 classes/);
  });

  test('takes it from the outputs of an ONNX file, too', async () => {
    const checked = federated([
      'data: { held-by: members, target: { column: 64 }, features: { columns: [{ from: 0, to: 63 }], shape: [1, 8, 8] }, format: { type: csv, header: false } }',
      `model: { onnx: ${resolve('examples/fine-tune/digits-0-4.onnx')} }`,
      'loss: cross-entropy',
      'strategy: fedavg',
    ]);
    await expect(checked).resolves.toMatchObject({ classes: undefined, outputs: 5 });
  });

  test('has at least the classes of the rows that are here', async () => {
    writeFileSync(join(folder, 'own.csv'), 'a,b,c\n1,2,x\n2,3,y\n3,4,z\n');
    const source = 'own.csv';
    await expect(federated(job('', 3, { source }))).resolves.toMatchObject({ test: 3 });
    await expect(federated(job('', 5, { source }))).resolves.toMatchObject({ outputs: 5, test: 3 });
    await expect(federated(job('', 2, { source }))).rejects.toThrow(/3 classes/);
  });
});

describe('a job of several targets whose rows members hold, before a survey', () => {
  const job = (kinds: number, sizes: number, more = '') => [
    `data: { held-by: members, ${more}targets: { kind: { column: c }, size: { column: d }, odd: { column: e, type: binary } }, features: { columns: [a, b] } }`,
    `model: { layers: [{ label: trunk }, { dense: ${kinds} }, { label: kind }, { from: trunk }, { dense: ${sizes} }, { label: size }, { from: trunk }, { dense: 1 }, { label: odd }] }`,
    'losses: { kind: cross-entropy, size: cross-entropy, odd: binary-cross-entropy }',
    'strategy: fedavg',
  ];
  const federated = (lines: readonly string[]) => check(lines, 'rounds: 1');

  test('is right with as many classes as each output has numbers', async () => {
    await expect(federated(job(5, 3))).resolves.toMatchObject({ features: 2, parameters: undefined });
    await expect(federated(job(2, 7))).resolves.toMatchObject({ classes: undefined });
    await expect(federated(job(5, 1))).rejects.toThrow(/output 'size'.*2 classes/);
  });

  test('has at least the classes of the rows that are here', async () => {
    writeFileSync(join(folder, 'own.csv'), 'a,b,c,d,e\n1,2,x,p,no\n2,3,y,q,yes\n3,4,z,q,no\n');
    await expect(federated(job(4, 3, 'source: own.csv, '))).resolves.toMatchObject({ test: 3 });
    await expect(federated(job(2, 3, 'source: own.csv, '))).rejects.toThrow(/output 'kind'.*3 classes/);
  });
});

test('a rank of adapters beyond that of the weight passed check', async () => {
  const job = (rank: number) => [
    `data: { source: ${resolve('examples/digits/digits.csv.gz')}, format: { type: csv, header: false }, target: { column: 64, type: class }, features: { shape: [1, 8, 8] } }`,
    `model: { onnx: { path: ${resolve('examples/fine-tune/digits-0-4.onnx')}, head: { layers: [{ dense: 10 }] } }, lora: { rank: ${rank}, alpha: 8, targets: ['fc1.weight'] } }`,
    'loss: cross-entropy',
  ];
  await expect(check(job(49))).rejects.toThrow(
    /rank 49 is more than 'fc1.weight' \[48, 384\] has.*at most 48/s,
  );
  await expect(check(job(48))).resolves.toMatchObject({ classes: [...'0123456789'] });
});

describe('a text model that sees the token it is to predict', () => {
  const text = 'to be, or not to be: that is the question. '.repeat(40);
  const job = (model: string) => {
    writeFileSync(join(folder, 'text.txt'), text);
    return [
      'data: { text: text.txt, tokenizer: characters, context: 8, test: 0.2 }',
      `model: ${model}`,
      'loss: cross-entropy',
    ];
  };
  const layers = (...list: readonly string[]) =>
    `{ layers: [{ embedding: { vocabulary: 17, size: 8 } }, ${list.join(', ')}, { dense: 17 }] }`;

  test.each([
    ['attention that is not causal', '{ attention: { heads: 2 } }'],
    ['a transformer that is not causal', '{ transformer: { heads: 2 } }'],
    ['both directions', '{ lstm: { units: 8, bidirectional: true } }'],
  ])('written as layers, with %s, was not refused', async (_, layer) => {
    await expect(check(job(layers(layer)))).rejects.toThrow(
      /model.layers \(layers\): what it says at a position changes with the next token/,
    );
  });

  test.each([
    ['causal attention', '{ attention: { heads: 2, causal: true } }'],
    ['one direction', '{ lstm: 8 }'],
    ['dropout beside it', '{ transformer: { heads: 2, causal: true, dropout: 0.5 } }'],
  ])('is not one with %s', async (_, layer) => {
    await expect(check(job(layers(layer)))).resolves.toMatchObject({ features: 8 });
  });

  test.each([
    ['bert', true],
    ['gpt', false],
  ])('an ONNX file of a %s', async (name, sees) => {
    const tokens = { kind: 'class', classes: [...'abcdefghijklmnopq'], dims: [8] } as const;
    const features = { shape: [8], type: 'int32', vocabulary: 17, normalize: { kind: 'none' } } as const;
    const model = buildModel(
      { kind: 'named', name, options: { layers: 1, heads: 2, size: 8 } },
      features,
      tokens,
      1,
    );
    writeFileSync(join(folder, 'model.onnx'), writeModel(model));
    const checked = check(job('{ onnx: model.onnx }'));
    if (sees)
      await expect(checked).rejects.toThrow(/model.onnx \(onnx\): what it says at a position changes/);
    else await expect(checked).resolves.toMatchObject({ features: 8 });
  });
});

describe('a job of labels', () => {
  const lines = (loss: string, label = 'aab') => {
    writeFileSync(
      join(folder, 'rows.csv'),
      `p,q,r,label\n${['ab', label, 'ba', 'b', 'a'].map((l) => `1,2,3,${l}`).join('\n')}\n`,
    );
    return [
      'data: { source: rows.csv, target: { column: label, type: symbols, length: 3 } }',
      'model: { lstm: { units: 4 } }',
      `loss: ${loss}`,
    ];
  };

  test('has the symbols of its table, and steps for the longest label', async () => {
    // Three steps, one for each number; abb needs a fourth.
    await expect(check(lines('ctc', 'aba'))).resolves.toMatchObject({ classes: ['a', 'b'], steps: 3 });
    await expect(check(lines('ctc', 'abb'))).rejects.toThrow(/its 3 steps are fewer than the 4/);
  });

  test('of several outputs says at how many steps each label is read; a blank that is none of them is refused', async () => {
    const labels = ['ab', 'aba', 'ba', 'b', 'a'].map((label) => `1,2,3,4,${label}`);
    writeFileSync(join(folder, 'rows.csv'), `p,q,r,n,label\n${labels.join('\n')}\n`);
    const several = (blank: number, model?: string) => [
      'data: { source: rows.csv, features: { columns: [p, q, r] }, targets: { read: { column: label, type: symbols, length: 3 }, size: { column: n, type: number } } }',
      `model: ${model ?? '{ layers: [{ reshape: [3, 1] }, { lstm: { units: 4 } }, { label: t }, { dense: 3 }, { label: read }, { from: t }, flatten, { dense: 1 }, { label: size }] }'}`,
      `losses: { read: { ctc: ${blank} }, size: mse }`,
    ];
    const checked = (blank: number, model?: string) => check(several(blank, model));
    await expect(checked(2)).resolves.toMatchObject({ labels: [{ output: 'read', steps: 3, symbols: 2 }] });
    await expect(checked(3)).rejects.toThrow(
      /losses\.read\.ctc\.blank .*the blank is output 3, but 2 classes/,
    );
    await expect(checked(0, '{ lstm: { units: 4 } }')).rejects.toThrow(
      /the label 'read' is read in steps, .* write it as layers, and label each output/,
    );
  });

  test('whose blank is no output passed check and failed at the first member', async () => {
    await expect(check(lines('{ ctc: 2 }', 'aba'))).resolves.toBeDefined();
    await expect(check(lines('{ ctc: 3 }', 'aba'))).rejects.toThrow(/the blank is output 3, but 2 classes/);
  });
});
