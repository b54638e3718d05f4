import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunDescription } from '../../../coordinator/run/description.ts';
import { prepare } from '../../../coordinator/run/prepare.ts';
import type { Engine } from '../../../engines/engine.ts';
import { createOnnxRuntimeNode } from '../../../engines/onnxruntime-node.ts';
import { createOnnxRuntimeWeb } from '../../../engines/onnxruntime-web.ts';
import { targetCount } from '../../../shared/data/dataset.ts';
import { RowReader } from '../../../shared/data/row-reader.ts';
import { parseJob } from '../../../shared/job/parse.ts';
import { metricsOf } from '../../../shared/nn/metrics/metrics.ts';
import { GraphBuilder } from '../../../shared/onnx/builder.ts';
import { float32 } from '../../../shared/onnx/tensor.ts';
import { writeModel } from '../../../shared/onnx/write.ts';
import { createRandom } from '../../../shared/parameters/random.ts';
import { evaluationProgram } from '../../../shared/programs/evaluate.ts';
import { exportModel } from '../../../shared/programs/export.ts';
import { parseRecipe } from '../../../shared/programs/parse-recipe.ts';
import { predictionProgram } from '../../../shared/programs/predict.ts';
import { trainingProgram } from '../../../shared/programs/train.ts';
import { initialValues, ProgramRunner, relativeError } from './program-runner.ts';

let folder: string;
let cpu: Engine;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tributary-scaled-'));
  cpu = await createOnnxRuntimeNode({ threads: 1 });
});
afterAll(async () => {
  await cpu.close();
  rmSync(folder, { recursive: true, force: true });
});

const ROWS = 64;
/** Prices of flats: about 200,000 ± 60,000, and the rent that goes with them. */
const HOUSES = (() => {
  const random = createRandom(3);
  return Array.from({ length: ROWS }, () => {
    const [area, age] = [random.next(), random.next()];
    const price = Math.round(200_000 + 200_000 * (area - 0.5) - 80_000 * (age - 0.5) + 4_000 * random.next());
    return { area, age, price, rent: Math.round(price / 250), fee: 7, has: area > age ? 'yes' : 'no' };
  });
})();

/** @param shown what the table has for the price */
function table(shown = (price: number): number => price): string {
  const lines = HOUSES.map(({ area, age, price, rent, fee, has }) =>
    [area, age, shown(price), rent, fee, has].join(','),
  );
  return `area,age,price,rent,fee,has\n${lines.join('\n')}\n`;
}

const NETWORK = 'model: { layers: [dense: 8, relu, dense: 1] }';
const STANDARDIZED =
  'data: { source: rows.csv, features: { columns: [area, age] }, target: { column: price, type: number, normalize: standardize } }';
const HAND_MADE =
  'data: { source: rows.csv, features: { columns: [area, age] }, target: { column: price, type: number } }';

/** What a run of the job would train. */
async function described(lines: readonly string[], rows = table()): Promise<RunDescription> {
  const place = mkdtempSync(join(folder, 'job-'));
  writeFileSync(join(place, 'rows.csv'), rows);
  const file = join(place, 'job.yaml');
  const text = ['name: flats', 'epochs: 1', ...lines].join('\n');
  const { description } = await prepare(parseJob(text, file), file, place);
  return description;
}

/** Rows of a run, of one part. */
function rowsOf({ manifest, data }: RunDescription, part: 'training' | 'test') {
  const reader = new RowReader(manifest, (index) => data.readBlock(index));
  const training = manifest.rows - manifest.test.rows;
  const [from, count] = part === 'training' ? [0, training] : [training, manifest.test.rows];
  const rows = Uint32Array.from({ length: count }, (_, row) => from + row);
  const features = new Float32Array(count * manifest.features.count);
  const target = new Float32Array(count * targetCount(manifest.target));
  reader.gather(rows, features, target);
  return { features, target: [...target] };
}

/** Gradient descent on all training rows, and what the held-out rows say then. */
async function trained(engine: Engine, run: RunDescription, steps = 40) {
  const { model, layout } = run;
  // As it came over the wire.
  const { loss, target } = parseRecipe(JSON.stringify(run.recipe));
  const values = initialValues(model, layout);
  const step = await ProgramRunner.compile(engine, trainingProgram(model, loss, target), layout);
  const losses: number[] = [];
  for (let done = 0; done < steps; done++) {
    const { sums, update } = await step.run(values, rowsOf(run, 'training'));
    const count = sums['denominator']!;
    losses.push(sums['loss']! / count);
    for (let at = 0; at < values.length; at++) values[at]! -= (0.1 * update[at]!) / count;
  }
  await step.release();
  const held = rowsOf(run, 'test');
  const measure = await ProgramRunner.compile(engine, evaluationProgram(model, loss, target), layout);
  const { sums } = await measure.run(values, held);
  await measure.release();
  const predict = await ProgramRunner.compile(engine, predictionProgram(model, target), layout);
  const { predictions } = await predict.run(values, held);
  await predict.release();
  return { values, losses, metrics: metricsOf(sums), predictions, held };
}

async function bothWays(engine: Engine) {
  const run = await described([STANDARDIZED, NETWORK, 'loss: mse']);
  const { mean, deviation } = run.manifest.statistics.target!;
  const [level, spread] = [mean[0]!, deviation[0]!];
  const byHand = await described(
    [HAND_MADE, NETWORK, 'loss: mse'],
    table((price) => (price - level) / spread),
  );
  const [ours, theirs] = [await trained(engine, run), await trained(engine, byHand)];
  for (const { data } of [run, byHand]) data.close();
  return { run, level, spread, ours, theirs };
}

type Both = Awaited<ReturnType<typeof bothWays>>;

function expectTheSame({ level, spread, ours, theirs }: Both): void {
  expect(ours.losses.at(-1)).toBeLessThan(0.2 * ours.losses[0]!);
  expect(relativeError(ours.losses, theirs.losses)).toBeLessThan(1e-4);
  expect(relativeError(ours.values, theirs.values)).toBeLessThan(1e-4);
  const inUnits = theirs.predictions['prediction']!.map((value) => value * spread + level);
  expect(relativeError(ours.predictions['prediction']!, inUnits)).toBeLessThan(1e-5);
  expect(ours.metrics['rmse']! / (theirs.metrics['rmse']! * spread)).toBeCloseTo(1, 3);
  expect(ours.metrics['mae']! / (theirs.metrics['mae']! * spread)).toBeCloseTo(1, 3);
  expect(ours.metrics['r2']).toBeCloseTo(theirs.metrics['r2']!, 4);
  expect(ours.metrics['loss']).toBeCloseTo(theirs.metrics['loss']!, 4);
}

describe('training on a target that the job standardizes', () => {
  let both: Both;
  beforeAll(async () => {
    both = await bothWays(cpu);
  });

  it('gives the weights that a table scaled by hand gives, and predictions and metrics in its units', () => {
    expectTheSame(both);
  });

  it('does the same on wasm', async () => {
    const wasm = await createOnnxRuntimeWeb({ threads: 1 });
    expectTheSame(await bothWays(wasm));
    await wasm.close();
  });

  it('takes mean and deviation of the training rows', async () => {
    const run = await described([STANDARDIZED, NETWORK, 'loss: mse']);
    const { target } = rowsOf(run, 'training');
    run.data.close();
    const mean = target.reduce((sum, value) => sum + value, 0) / target.length;
    const variance = target.reduce((sum, value) => sum + (value - mean) ** 2, 0) / target.length;
    expect(target.length).toBeLessThan(ROWS);
    expect(both.level).toBeCloseTo(mean, 6);
    expect(both.spread).toBeCloseTo(Math.sqrt(variance), 6);
  });

  it('measures what it says: R² and RMSE are those of predictions and prices', () => {
    const { predictions, held, metrics } = both.ours;
    const errors = held.target.map((price, at) => predictions['prediction']![at]! - price);
    const squares = (values: readonly number[]) => values.reduce((sum, value) => sum + value * value, 0);
    const mean = held.target.reduce((sum, price) => sum + price, 0) / held.target.length;
    const spread = squares(held.target.map((price) => price - mean));
    expect(metrics['rmse']! / Math.sqrt(squares(errors) / errors.length)).toBeCloseTo(1, 5);
    expect(metrics['r2']).toBeCloseTo(1 - squares(errors) / spread, 4);
  });

  it('exports a model that says prices, with the way back in its graph', async () => {
    const { run, ours } = both;
    const exported = exportModel(run.model, run.layout, ours.values, {
      target: run.recipe.target,
      run: 'r',
      round: 1,
      version: '1',
      metrics: {},
      producerVersion: '0',
    });
    expect(exported.graph.outputs).toEqual([{ name: 'prediction', type: 'float32', dims: ['batch', 1] }]);
    expect(exported.graph.nodes.slice(-2).map(({ op }) => op)).toEqual(['Mul', 'Add']);
    const session = await InferenceSession.create(writeModel(exported));
    const { features } = ours.held;
    const { prediction } = await session.run({
      features: new Tensor('float32', features, [features.length / 2, 2]),
    });
    await session.release();
    expect(prediction!.dims).toEqual([features.length / 2, 1]);
    expect(relativeError(prediction!.data as Float32Array, ours.predictions['prediction']!)).toBeLessThan(
      1e-6,
    );
  });
});

describe('other forms of scaled targets', () => {
  it('each of several outputs is scaled as it says, or not at all', async () => {
    const run = await described([
      'data: { source: rows.csv, features: { columns: [area, age] }, targets: { has: { column: has }, money: { columns: [price, rent], type: number, normalize: standardize }, fee: { column: fee, type: number, normalize: { divide: 10 } } } }',
      'model: { layers: [dense: 8, relu, label: trunk, dense: 2, label: has, from: trunk, dense: 2, label: money, from: trunk, dense: 1, label: fee] }',
      'losses: { has: cross-entropy, money: mse, fee: huber }',
    ]);
    const { mean, deviation } = run.manifest.statistics.target!;
    expect(mean).toHaveLength(4);
    expect([mean[0], mean[3], deviation[0], deviation[3]]).toEqual([0, 0, 1, 1]);
    expect(mean[1]! / mean[2]!).toBeCloseTo(250, 0);
    const { losses, metrics } = await trained(cpu, run, 80);
    run.data.close();
    expect(losses.at(-1)).toBeLessThan(0.5 * losses[0]!);
    // Without the scale nothing of this size is learned at this rate.
    expect(metrics['money.rmse']).toBeLessThan(40_000);
    expect(metrics['fee.mae']).toBeLessThan(3);
    expect(metrics['money.loss']).toBeLessThan(1);
  });

  it('a column of one value is only centred', async () => {
    const run = await described([
      'data: { source: rows.csv, features: { columns: [area, age] }, target: { column: fee, type: number, normalize: standardize } }',
      NETWORK,
      'loss: mse',
    ]);
    expect(run.manifest.statistics.target).toEqual({ mean: [7], deviation: [1] });
    const { losses, metrics } = await trained(cpu, run);
    run.data.close();
    expect(losses.at(-1)).toBeLessThan(0.05);
    expect(metrics['mae']).toBeLessThan(0.5);
  });
});

describe('a file that is trained on with a scaled target', () => {
  /** Two layers; the last makes about 200,000, as prices are. */
  const file = () => {
    const builder = new GraphBuilder();
    builder.input('x', 'float32', ['n', 2]);
    const body = builder.initializer('body', float32([2, 4], [1, -1, 0.5, 0.2, 0.3, 0.4, -0.5, 1]));
    const hidden = builder.op('Relu', [builder.op('MatMul', ['x', body])], {}, 'hidden');
    const end = builder.initializer('end', float32([4, 1], [9e4, 1e5, 8e4, 1e5]));
    const bias = builder.initializer('bias', float32([1], [2e5]));
    builder.output(builder.op('Add', [builder.op('MatMul', [hidden, end]), bias]), 'price');
    return writeModel(builder.build());
  };
  const imported = async (options: string) => {
    const path = join(folder, 'flats.onnx');
    writeFileSync(path, file());
    return described([STANDARDIZED, `model: { onnx: { path: ${path}${options} } }`, 'loss: mse']);
  };
  const named = (run: RunDescription, values: Float32Array) =>
    exportModel(
      run.model,
      run.layout,
      values,
      { target: run.recipe.target, run: 'r', round: 1, version: '1', metrics: {}, producerVersion: '0' },
      'original',
    ).graph.outputs.map(({ name }) => name);

  it('keeps its own end, which says prices already, and its names', async () => {
    const run = await imported('');
    const { values, losses } = await trained(cpu, run, 1);
    run.data.close();
    // Of the size of the deviation's squares over themselves, not of prices.
    expect(losses[0]).toBeLessThan(20);
    expect(named(run, values)).toEqual(['price']);
    const operators = run.model.graph.nodes.map(({ op }) => op).filter((op) => op !== 'Identity');
    expect(operators).toEqual(['MatMul', 'Relu', 'MatMul', 'Add']);
  });

  it('a new head begins at the mean, under the name that the file’s end had', async () => {
    const run = await imported(', head: { layers: [dense: 1] }');
    const before = await trained(cpu, run, 0);
    const { values, losses, predictions } = await trained(cpu, run);
    run.data.close();
    const { mean, deviation } = run.manifest.statistics.target!;
    for (const price of before.predictions['prediction']!)
      expect(Math.abs(price - mean[0]!)).toBeLessThan(10 * deviation[0]!);
    expect(losses.at(-1)).toBeLessThan(losses[0]!);
    expect(predictions['prediction']!.every((price) => price > 5e4 && price < 4e5)).toBe(true);
    expect(named(run, values)).toEqual(['price']);
  });
});

it('a recipe whose means are not as many as the target has numbers is not taken', async () => {
  const run = await described([STANDARDIZED, NETWORK, 'loss: mse']);
  run.data.close();
  const target = { kind: 'number', normalize: { kind: 'standardize', mean: [1, 2], deviation: [1] } };
  expect(() => parseRecipe(JSON.stringify({ ...run.recipe, target }))).toThrow(/not as many as numbers/);
});
