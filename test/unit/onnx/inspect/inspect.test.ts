import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { gradientModel } from '../../../../shared/autodiff/gradient-model.ts';
import { liveBytes } from '../../../../shared/autodiff/recompute/live-bytes.ts';
import { buildModel, type FeatureSpec, type TargetSpec } from '../../../../shared/nn/model.ts';
import { inspectModel } from '../../../../shared/onnx/inspect/inspect.ts';
import type { Inspection, InspectOptions } from '../../../../shared/onnx/inspect/inspection.ts';
import { ALLOWED_OPERATORS } from '../../../../shared/onnx/inspect/operators.ts';
import { describeInspection, inspectionText } from '../../../../shared/onnx/inspect/words.ts';
import { OPERATORS } from '../../../../shared/onnx/shapes/registry.ts';
import { writeModel } from '../../../../shared/onnx/write.ts';
import { layoutOf } from '../../../../shared/parameters/layout-of.ts';
import { trainingProgram } from '../../../../shared/programs/train.ts';
import { lossOf, titled } from '../../../support/zoo.ts';

const root = new URL('../../../../', import.meta.url);
function read(path: string): Uint8Array {
  const bytes = readFileSync(new URL(path, root));
  return new Uint8Array(path.endsWith('.gz') ? gunzipSync(bytes) : bytes);
}

function accepted(bytes: Uint8Array, options: InspectOptions = {}): Inspection {
  const result = inspectModel(bytes, {}, options);
  expect(result).toMatchObject({ verdict: 'accepted' });
  return result as Inspection;
}

const features: FeatureSpec = { shape: [1, 8, 8], normalize: { kind: 'none' } };
const target: TargetSpec = { kind: 'class', classes: ['a', 'b', 'c'] };
const LAYERS = [
  { type: 'conv', options: { filters: 4, kernel: 3, padding: 'same' } },
  { type: 'batch-norm', options: {} },
  { type: 'relu', options: {} },
  { type: 'flatten', options: {} },
  { type: 'dense', options: { units: 3 } },
];
const cnn = buildModel({ kind: 'layers', layers: LAYERS }, features, target, 1);

describe('figures', () => {
  test('a small network, by hand', () => {
    const bytes = writeModel(cnn);
    const found = accepted(bytes, { batch: 10 });
    expect(found.sha256).toBe(createHash('sha256').update(bytes).digest('hex'));
    expect(found.bytes).toBe(bytes.length);
    // Kernel 3 x 3 x 1 x 4 and bias, scale and shift of 4 channels, 256 x 3 weights and bias.
    expect(found.trainable).toBe(9 * 4 + 4 + 8 + 256 * 3 + 3);
    expect(found.statistics).toBe(8);
    expect(found.update).toBe(4 * (found.trainable + 8));
    expect(found.parameters.map(({ name }) => name).sort()).toEqual(
      layoutOf(cnn)
        .entries.map(({ name }) => name)
        .sort(),
    );
    expect(found.operations.multiplyAdds).toBe(8 * 8 * 4 * 9 + 256 * 3);
    expect(found.operations.training).toBe(3 * found.operations.forward);
    expect(found.inputs).toEqual([{ name: 'features', type: 'float32', dims: ['batch', 1, 8, 8] }]);
    expect(found.outputs).toEqual([{ name: 'logits', type: 'float32', dims: ['batch', 3] }]);
    expect(found.layers).toEqual([
      'convolution 3 x 3, 1 to 4 channels',
      'batch normalisation',
      'ReLU',
      'dense layer, 256 to 3',
    ]);
    // Convolution, normalisation, ReLU: 256 each; 3 logits, and what normalising keeps. Views cost nothing.
    expect(found.memory.activations).toBe(10 * 4 * (3 * 256 + 3 + 2 * 256));
    expect(found.memory.optimizer).toBe(8 * found.trainable);
    expect(found.memory.total).toBe(
      found.memory.stored +
        found.memory.gradients +
        found.memory.optimizer +
        found.memory.activations +
        found.memory.working,
    );
  });

  test('memory grows with the batch, operations for an example do not', () => {
    const [one, many] = [accepted(writeModel(cnn), { batch: 1 }), accepted(writeModel(cnn), { batch: 100 })];
    expect(many.memory.activations).toBe(100 * one.memory.activations);
    expect(many.operations).toEqual(one.operations);
  });

  test.each(titled())('%s, as it is sent in a run', (_, row) => {
    const model = buildModel(
      { kind: 'named', name: row.name, options: row.options },
      row.features,
      row.target,
      3,
    );
    const found = accepted(writeModel(model), { batch: 16 });
    const { entries } = layoutOf(model);
    expect(found.parameters.map(({ name }) => name)).toEqual(entries.map(({ name }) => name));
    expect(found.update).toBe(4 * entries.reduce((sum, { length }) => sum + length, 0));
    // What the derived program holds at its peak, by the life of each of its values.
    const program = trainingProgram(model, lossOf(row), row.target);
    const live = liveBytes(gradientModel(program.model, 'loss', program.differentiate), 16);
    const { activations, working } = found.memory;
    expect((activations + working) / live).toBeGreaterThanOrEqual(1);
    expect((activations + working) / live).toBeLessThan(4);
  });

  test('open sizes are taken as given, or as something with which the graph works', () => {
    const bytes = read('test/data/onnx/pytorch-mlp.onnx');
    expect(accepted(bytes).sizes).toEqual({ batch: 32 });
    const open = accepted(read('test/data/models/gpt2-tiny-dynamo.onnx.gz'), { sizes: { none: 3 } });
    expect(open.sizes).not.toHaveProperty('none');
  });
});

describe('the words', () => {
  test('are the same for the same bytes, and say what leaves and what never does', () => {
    const bytes = read('examples/fine-tune/digits-0-4.onnx');
    const text = inspectionText(accepted(bytes));
    expect(text).toBe(inspectionText(accepted(bytes)));
    expect(JSON.stringify(accepted(bytes))).toBe(JSON.stringify(accepted(bytes)));
    expect(text).toMatchSnapshot();
  });

  test('have a section for each question', () => {
    const titles = describeInspection(accepted(writeModel(cnn))).map(({ title }) => title);
    expect(titles).toEqual([
      'The file',
      'What it is',
      'What goes in',
      'What comes out',
      'What training it would send away',
      'What it cannot do',
      'What it takes',
      'What was checked',
      'Verdict',
    ]);
  });
});

test('every operator that has a shape is allowed', () => {
  expect([...OPERATORS.keys()].filter((name) => !ALLOWED_OPERATORS.has(name))).toEqual([]);
  for (const name of ['Loop', 'If', 'Scan', 'Einsum', 'Upsample']) expect(ALLOWED_OPERATORS).toContain(name);
  for (const name of ['FusedMatMul', 'TreeEnsembleRegressor', 'ImageDecoder'])
    expect(ALLOWED_OPERATORS).not.toContain(name);
});

const FILES = ['models', 'onnx', 'nn'].flatMap((folder) =>
  readdirSync(new URL(`test/data/${folder}/`, root))
    .filter((file) => /\.onnx(\.gz)?$/.test(file))
    .map((file) => `test/data/${folder}/${file}`),
);
const EXAMPLES = ['examples/digits-gan/classifier.onnx', 'examples/fine-tune/digits-0-4.onnx'];

describe('real models', () => {
  test.each([...FILES, ...EXAMPLES])('%s', (file) => {
    const result = inspectModel(read(file));
    // Its class labels are chosen by an operator of classical machine learning.
    if (file.includes('sklearn')) {
      expect(result).toMatchObject({ code: 'operator', operator: 'ai.onnx.ml.ArrayFeatureExtractor' });
      return;
    }
    expect(result).toMatchObject({ verdict: 'accepted' });
    expect((result as Inspection).operations.forward).toBeGreaterThan(0);
  });
});

describe('whatever the bytes are', () => {
  const LIMITS = { bytes: 2 ** 20, parts: 50_000, nodes: 2000 };

  /** An answer, after a bounded number of steps: fields of the file, then each node once written and once for each try. */
  function answers(bytes: Uint8Array): void {
    const result = inspectModel(bytes, LIMITS, { batch: 4 });
    expect(result.steps).toBeLessThanOrEqual(LIMITS.parts + 1 + 11 * (LIMITS.nodes + 1));
    if (result.verdict === 'refused') {
      expect(result.reason.length).toBeGreaterThan(10);
      expect(result.reason.length).toBeLessThanOrEqual(1000);
    } else expect(result.checked.parts.found).toBeLessThanOrEqual(bytes.length);
    expect(inspectionText(result)).toContain('nothing of it was run');
  }

  test('random bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), answers), { numRuns: 1000 });
  });

  const mutated: readonly (readonly [string, number])[] = [
    ['test/data/onnx/pytorch-cnn.onnx', 300],
    ['test/data/onnx/pytorch-mlp-dynamo.onnx', 100],
    ['test/data/onnx/scripted-loop.onnx', 200],
    ['test/data/onnx/scripted-list.onnx', 60],
    ['test/data/onnx/recurrent-lstm.onnx', 100],
    ['test/data/models/bert-tiny-torchscript.onnx.gz', 60],
    ['test/data/models/gpt2-tiny-dynamo.onnx.gz', 60],
    ['test/data/models/unet-dynamo.onnx.gz', 60],
  ];
  test.each(mutated)('%s with bytes changed, cut and put in again', (file, numRuns) => {
    const bytes = read(file);
    const at = fc.nat(bytes.length - 1);
    const change = fc.oneof(
      fc.record({ kind: fc.constant('set' as const), at, byte: fc.integer({ min: 0, max: 255 }) }),
      fc.record({ kind: fc.constant('insert' as const), at, from: at, length: fc.nat(200) }),
      fc.record({ kind: fc.constant('cut' as const), at, length: fc.nat(200) }),
    );
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 6 }), (changes) => {
        let result = bytes.slice();
        for (const c of changes) {
          if (c.kind === 'set') result[c.at % result.length] = c.byte;
          else {
            const tail = result.subarray(c.at + (c.kind === 'cut' ? c.length : 0));
            const middle = c.kind === 'insert' ? bytes.subarray(c.from, c.from + c.length) : new Uint8Array();
            result = Uint8Array.from(Buffer.concat([result.subarray(0, c.at), middle, tail]));
          }
          if (result.length === 0) break;
        }
        answers(result);
      }),
      { numRuns },
    );
  });

  test('nothing of it took memory like what it declared', () => {
    // The high-water mark of the process, in KiB.
    expect(process.resourceUsage().maxRSS).toBeLessThan(2 ** 20);
  });
});
