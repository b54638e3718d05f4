import { execFileSync } from 'node:child_process';
import { copyFileSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { InferenceSession as WebSession, Tensor as WebTensor } from 'onnxruntime-web';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeStored } from '../../coordinator/run/open.ts';
import { type RunReader, readRun } from '../../coordinator/store/read-run.ts';
import { createOnnxRuntimeNode } from '../../engines/onnxruntime-node.ts';
import { RowReader } from '../../shared/data/row-reader.ts';
import type { Model } from '../../shared/onnx/model.ts';
import { readModel } from '../../shared/onnx/read.ts';
import { float32, type Tensor as Values } from '../../shared/onnx/tensor.ts';
import { predictionProgram } from '../../shared/programs/predict.ts';
import { version } from '../../shared/version.ts';
import { DIGITS } from '../support/digits.ts';
import { killAll, tributary } from '../support/processes.ts';
import { Workplace } from '../support/small-job.ts';

/** Of float32 sums in another order: constants are folded in the file. */
const TOLERANCE = 1e-4;
const CLASSES = 10;

/** Logits and probabilities of some rows. */
interface Answer {
  readonly logits: Float32Array;
  readonly probabilities: Float32Array;
}

const place = new Workplace({
  name: 'digits-cnn',
  data: '{ source: digits.csv.gz, format: { type: csv, header: false }, target: { column: 64, type: class }, features: { shape: [1, 8, 8], normalize: standardize }, licence: CC BY 4.0 }',
  model:
    '{ layers: [{ conv: { filters: 8, kernel: 3, padding: same } }, batch-norm, relu, { max-pool: 2 }, flatten, { dropout: 0.25 }, { dense: 10 }] }',
  epochs: '3',
  batch: '64',
});
let run: RunReader;
let file: Uint8Array;
let model: Model;
/** The held-out rows: raw features, and their classes. */
let rows: { readonly count: number; readonly features: Float32Array; readonly target: Int32Array };
/** What the trained weights say, by the program that members evaluate with. */
let trained: Answer;

beforeAll(async () => {
  copyFileSync(join(DIGITS, 'digits.csv.gz'), place.path('digits.csv.gz'));
  const end = await tributary(['run', place.jobFile, '--workers', '2', '--runs', place.runs]).end();
  expect(end).toMatchObject({ code: 0 });
  run = readRun(join(place.runs, place.runIds()[0]!));
  file = new Uint8Array(readFileSync(join(run.directory, 'model.onnx')));
  model = readModel(file);
  const description = await describeStored(run, place.runs);
  const { manifest, data, layout, recipe } = description;
  const count = manifest.test.rows;
  rows = { count, features: new Float32Array(count * 64), target: new Int32Array(count) };
  const reader = new RowReader(manifest, (block) => data.readBlock(block));
  const positions = Uint32Array.from({ length: count }, (_, row) => manifest.rows - count + row);
  reader.gather(positions, rows.features, rows.target);
  data.close();
  const { checkpoint } = (await run.latest())!;
  const values = checkpoint.vectors.find(({ name }) => name === 'parameters')!.data;
  const weights = layout.entries.map((entry): [string, Values] => [
    entry.name,
    float32(entry.dims, values.slice(entry.offset, entry.offset + entry.length)),
  ]);
  const program = predictionProgram(description.model, recipe.target);
  const engine = await createOnnxRuntimeNode({ threads: 1 });
  const executable = await engine.compile({ model: program.model });
  trained = emptyAnswer(count);
  await executable.run(
    { ...Object.fromEntries(weights), [program.features.name]: float32([count, 1, 8, 8], rows.features) },
    {
      logits: float32([count, CLASSES], trained.logits),
      probabilities: float32([count, CLASSES], trained.probabilities),
    },
  );
  await engine.close();
});

afterAll(async () => {
  run?.close();
  await killAll();
});

function emptyAnswer(count: number): Answer {
  return {
    logits: new Float32Array(count * CLASSES),
    probabilities: new Float32Array(count * CLASSES),
  };
}

type Ask = (features: Float32Array, count: number) => Promise<Answer>;

const dims = (count: number): number[] => [count, 1, 8, 8];

async function withNode(): Promise<Ask> {
  const session = await InferenceSession.create(file);
  return async (features, count) => {
    const { logits, probabilities } = await session.run({
      features: new Tensor('float32', features, dims(count)),
    });
    return { logits: logits!.data as Float32Array, probabilities: probabilities!.data as Float32Array };
  };
}

async function withWeb(): Promise<Ask> {
  const session = await WebSession.create(file, { executionProviders: ['wasm'] });
  return async (features, count) => {
    const { logits, probabilities } = await session.run({
      features: new WebTensor('float32', features, dims(count)),
    });
    return { logits: logits!.data as Float32Array, probabilities: probabilities!.data as Float32Array };
  };
}

function largestDifference(actual: Float32Array, expected: Float32Array): number {
  expect(actual.length).toBe(expected.length);
  return expected.reduce(
    (most, value, index) => Math.max(most, Math.abs(value - actual[index]!) / Math.max(1, Math.abs(value))),
    0,
  );
}

function bestOf(values: Float32Array, row: number): number {
  const scores = values.subarray(row * CLASSES, (row + 1) * CLASSES);
  return scores.indexOf(Math.max(...scores));
}

describe.each([
  ['onnxruntime-node', withNode],
  ['onnxruntime-web (wasm)', withWeb],
])('the exported model in %s', (_, open) => {
  let ask: Ask;
  let answer: Answer;
  beforeAll(async () => {
    ask = await open();
    answer = await ask(rows.features, rows.count);
  });

  it('says of every held-out row what the trained weights say', () => {
    expect(largestDifference(answer.logits, trained.logits)).toBeLessThan(TOLERANCE);
    expect(largestDifference(answer.probabilities, trained.probabilities)).toBeLessThan(TOLERANCE);
  });

  it('is right as often as the run’s last evaluation says', () => {
    let right = 0;
    for (let row = 0; row < rows.count; row++) {
      if (bestOf(answer.logits, row) === Number(rows.target[row])) right += 1;
    }
    expect(right / rows.count).toBeCloseTo(run.evaluations().at(-1)!.metrics['accuracy']!, 6);
  });

  it('takes one row as well as many, and says the same of it', async () => {
    for (const row of [0, 1, rows.count - 1]) {
      const one = await ask(rows.features.slice(row * 64, (row + 1) * 64), 1);
      const expected = answer.probabilities.slice(row * CLASSES, (row + 1) * CLASSES);
      expect(largestDifference(one.probabilities, expected)).toBeLessThan(TOLERANCE);
      expect(one.probabilities.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 5);
    }
  });
});

describe('the exported file', () => {
  it('names weights by their layers, and has a dynamic batch', () => {
    expect([...model.graph.initializers.keys()]).toEqual(
      expect.arrayContaining([
        'conv1.weight',
        'conv1.bias',
        'batch_norm1.weight',
        'batch_norm1.bias',
        'batch_norm1.running_mean',
        'batch_norm1.running_var',
        'dense1.weight',
        'dense1.bias',
      ]),
    );
    expect(model.graph.inputs.map(({ name, dims }) => [name, dims])).toEqual([
      ['features', ['batch', 1, 8, 8]],
    ]);
    expect(model.graph.outputs.map(({ name, dims }) => [name, dims])).toEqual([
      ['logits', ['batch', 10]],
      ['probabilities', ['batch', 10]],
    ]);
    expect(model.graph.nodes.map(({ op }) => op)).not.toContain('Dropout');
  });

  it('says where it comes from', () => {
    const { metadata } = model;
    expect(metadata).toMatchObject({
      'tributary.run': run.run.id,
      'tributary.round': String(run.versions().at(-1)!.round),
      'tributary.target': 'class',
      'tributary.target_column': '64',
      'tributary.data_licence': 'CC BY 4.0',
      'tributary.producer_version': version,
    });
    expect(JSON.parse(metadata['tributary.classes']!)).toEqual([...'0123456789']);
    expect(JSON.parse(metadata['tributary.metrics']!)).toEqual(run.evaluations().at(-1)!.metrics);
  });

  it('is accepted by onnx.checker and its strict shape inference', (context) => {
    const python = process.env['TRIBUTARY_PYTHON'] ?? 'python3';
    const path = join(run.directory, 'model.onnx');
    const check = 'import sys, onnx; onnx.checker.check_model(sys.argv[1], full_check=True); print("fine")';
    try {
      execFileSync(python, ['-c', 'import onnx'], { stdio: 'pipe' });
    } catch {
      const why = `${python} has no onnx package: set TRIBUTARY_PYTHON to one that has`;
      console.info(`skipped: ${why}`);
      return context.skip(why);
    }
    expect(execFileSync(python, ['-c', check, path], { encoding: 'utf8' }).trim()).toBe('fine');
  });
});

describe('predict with the run in place of the file', () => {
  const ask = (...args: readonly string[]) =>
    tributary(['predict', ...args, place.path('digits.csv.gz'), '--target', '64', '--csv']).end(60_000);

  it('says what the file says, also where none is in the run’s folder', async () => {
    const exported = join(run.directory, 'model.onnx');
    const plain = await ask(exported);
    expect(plain).toMatchObject({ code: 0 });
    const byId = await ask(run.run.id, '--runs', place.runs);
    expect(byId).toMatchObject({ code: 0, stdout: plain.stdout });
    expect(byId.stderr).toContain(`The model: ${exported}`);
    const away = `${exported}.away`;
    renameSync(exported, away);
    try {
      const without = await ask(run.directory);
      expect(without).toMatchObject({ code: 0, stdout: plain.stdout });
      expect(without.stderr).toContain(`of round ${run.versions().at(-1)!.round}, of the run ${run.run.id}`);
      expect(await ask(run.directory, '--version', 'best')).toMatchObject({ code: 0 });
    } finally {
      renameSync(away, exported);
    }
  }, 240_000);
});
