import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../../engines/engine.ts';
import { createOnnxRuntimeNode } from '../../../engines/onnxruntime-node.ts';
import type { LossJob } from '../../../shared/job/job.ts';
import { buildModel, type FeatureSpec, type TargetSpec } from '../../../shared/nn/model.ts';
import { createOptimizer } from '../../../shared/nn/optimizers/create.ts';
import type { Model } from '../../../shared/onnx/model.ts';
import { sizeOf } from '../../../shared/onnx/tensor.ts';
import { layoutOf } from '../../../shared/parameters/layout-of.ts';
import { VectorMemory } from '../../../shared/parameters/memory.ts';
import { fillNoise } from '../../../shared/parameters/noise.ts';
import { createRandom, permutation } from '../../../shared/parameters/random.ts';
import { evaluationProgram } from '../../../shared/programs/evaluate.ts';
import { foldStatistics } from '../../../shared/programs/statistics.ts';
import { trainingProgram } from '../../../shared/programs/train.ts';
import { initialValues, ProgramRunner } from './program-runner.ts';

const loss: LossJob = { kind: 'cross-entropy', weights: undefined, labelSmoothing: 0, ignore: undefined };

let engine: Engine;
beforeAll(async () => {
  engine = await createOnnxRuntimeNode({ threads: 2 });
});
afterAll(() => engine.close());

interface Table {
  readonly rows: readonly (readonly number[])[];
  readonly target: readonly number[];
}

interface Settings {
  readonly epochs: number;
  readonly batch: number;
  readonly learningRate: number;
}

/** Trains as a member with all the data does, then returns the accuracy on the held-out rows. */
async function accuracyAfter(
  model: Model,
  target: TargetSpec,
  train: Table,
  test: Table,
  settings: Settings,
): Promise<number> {
  const layout = layoutOf(model);
  const optimizer = createOptimizer({
    kind: 'adamw',
    learningRate: settings.learningRate,
    beta1: 0.9,
    beta2: 0.999,
    epsilon: 1e-8,
    weightDecay: 0.01,
  });
  const memory = VectorMemory.create((2 + optimizer.slots.length) * layout.length + 1024);
  const parameters = memory.allocate(layout.length);
  parameters.view.set(initialValues(model, layout));
  const gradient = memory.allocate(layout.length);
  const slots = Object.fromEntries(optimizer.slots.map((slot) => [slot, memory.allocate(layout.length)]));
  const program = trainingProgram(model, loss, target);
  const runner = await ProgramRunner.compile(engine, program, layout);
  let step = 0;
  for (let epoch = 0; epoch < settings.epochs; epoch++) {
    const order = permutation(1, epoch, train.rows.length);
    for (let start = 0; start < order.length; start += settings.batch) {
      const examples = order.subarray(start, start + settings.batch);
      const noise = Object.fromEntries(
        program.noise.map(({ name, dims, place }) => {
          const values = new Float32Array(examples.length * sizeOf(dims));
          fillNoise(values, { seed: 1, epoch, examples, place });
          return [name, values];
        }),
      );
      const batch = {
        features: Float32Array.from([...examples].flatMap((row) => train.rows[row]!)),
        target: [...examples].map((row) => train.target[row]!),
        noise,
      };
      const { sums, update } = await runner.run(parameters.view, batch);
      gradient.view.set(update);
      optimizer.step(memory, parameters, gradient, slots, layout, {
        learningRate: settings.learningRate,
        step: ++step,
        gradientScale: 1 / sums['denominator']!,
      });
      foldStatistics(layout, parameters.view, update, examples.length, 'ema');
    }
  }
  await runner.release();
  const evaluation = await ProgramRunner.compile(engine, evaluationProgram(model, loss, target), layout);
  const { sums } = await evaluation.run(parameters.view, {
    features: Float32Array.from(test.rows.flat()),
    target: test.target,
  });
  await evaluation.release();
  return sums['correct']! / sums['examples']!;
}

describe('learning in one process', () => {
  it('an MLP tells two spirals apart', async () => {
    const random = createRandom(4);
    const spirals = (count: number): Table => {
      const target = Array.from({ length: count }, (_, index) => index % 2);
      const rows = target.map((arm) => {
        const radius = 0.1 + 0.9 * random.next();
        const angle = 6 * radius + arm * Math.PI;
        return [radius * Math.cos(angle), radius * Math.sin(angle)];
      });
      return { rows, target };
    };
    const target: TargetSpec = { kind: 'class', classes: ['left', 'right'] };
    const features: FeatureSpec = { shape: [2], normalize: { kind: 'none' } };
    const options = { hidden: [32, 32] };
    const model = buildModel({ kind: 'named', name: 'mlp', options }, features, target, 1);
    const settings = { epochs: 60, batch: 32, learningRate: 0.01 };
    const accuracy = await accuracyAfter(model, target, spirals(400), spirals(200), settings);
    expect(accuracy).toBeGreaterThan(0.98);
  });

  it('a CNN with batch normalisation and dropout reads handwritten digits', async () => {
    const file = new URL('../../../examples/digits/digits.csv.gz', import.meta.url);
    const lines = gunzipSync(readFileSync(file)).toString().trim().split('\n');
    const table = lines.map((line) => line.split(',').map(Number));
    const order = permutation(8, 0, table.length);
    const split = (from: number, to: number): Table => {
      const rows = [...order.subarray(from, to)].map((row) => table[row]!);
      return { rows: rows.map((row) => row.slice(0, 64)), target: rows.map((row) => row[64]!) };
    };
    const target: TargetSpec = { kind: 'class', classes: [...'0123456789'] };
    const features: FeatureSpec = { shape: [1, 8, 8], normalize: { kind: 'divide', by: 16 } };
    const options = { filters: [16, 32], dense: 64, dropout: 0.25 };
    const model = buildModel({ kind: 'named', name: 'cnn', options }, features, target, 1);
    const settings = { epochs: 5, batch: 64, learningRate: 0.004 };
    const accuracy = await accuracyAfter(model, target, split(0, 1437), split(1437, 1797), settings);
    expect(accuracy).toBeGreaterThan(0.96);
  });
});
