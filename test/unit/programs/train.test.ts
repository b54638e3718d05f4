import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../../engines/engine.ts';
import { createOnnxRuntimeNode } from '../../../engines/onnxruntime-node.ts';
import { createTfjs } from '../../../engines/tfjs/tfjs.ts';
import type { LossJob } from '../../../shared/job/job.ts';
import { buildModel, type FeatureSpec, type TargetSpec } from '../../../shared/nn/model.ts';
import { readModel } from '../../../shared/onnx/read.ts';
import { writeModel } from '../../../shared/onnx/write.ts';
import { layoutOf } from '../../../shared/parameters/layout-of.ts';
import { evaluationProgram } from '../../../shared/programs/evaluate.ts';
import { predictionProgram } from '../../../shared/programs/predict.ts';
import { foldStatistics } from '../../../shared/programs/statistics.ts';
import { trainingProgram } from '../../../shared/programs/train.ts';
import { initialValues, ProgramRunner, relativeError } from './program-runner.ts';

const loss: LossJob = { kind: 'cross-entropy', weights: undefined, labelSmoothing: 0, ignore: undefined };

let engine: Engine;
beforeAll(async () => {
  engine = await createOnnxRuntimeNode({ threads: 1 });
});
afterAll(() => engine.close());

interface Stored {
  readonly features: readonly number[];
  readonly target: readonly number[];
  readonly initial: Readonly<Record<string, { dims: readonly number[]; values: readonly number[] }>>;
  readonly losses: readonly number[];
  readonly final: Stored['initial'];
  readonly logits: readonly number[];
}

describe('a small CNN with batch normalisation, beside PyTorch in float64', () => {
  const stored: Stored = JSON.parse(
    readFileSync(new URL('../../data/nn/small-cnn.json', import.meta.url), 'utf8'),
  );
  const target: TargetSpec = { kind: 'class', classes: ['a', 'b', 'c'] };
  const model = buildModel(
    {
      kind: 'layers',
      layers: [
        { type: 'conv', options: { filters: 4, kernel: 3, padding: 'same' } },
        { type: 'batch-norm', options: {} },
        { type: 'relu', options: {} },
        { type: 'max-pool', options: { kernel: 2 } },
        { type: 'flatten', options: {} },
        { type: 'dense', options: { units: 6 } },
        { type: 'batch-norm', options: {} },
        { type: 'tanh', options: {} },
        { type: 'dense', options: { units: 3 } },
      ],
    },
    { shape: [2, 6, 6], normalize: { kind: 'divide', by: 16 } },
    target,
    1,
  );
  const layout = layoutOf(model);
  const entry = (name: string) => layout.entries.find((candidate) => candidate.name === name)!;

  it('has the same parameters, of the same shapes', () => {
    expect(Object.fromEntries(layout.entries.map(({ name, dims }) => [name, dims]))).toEqual(
      Object.fromEntries(Object.entries(stored.initial).map(([name, { dims }]) => [name, dims])),
    );
  });

  it('has the same loss over five SGD steps, then the same weights, statistics and outputs', async () => {
    const values = new Float32Array(layout.length);
    for (const [name, tensor] of Object.entries(stored.initial))
      values.set(tensor.values, entry(name).offset);
    const training = await ProgramRunner.compile(engine, trainingProgram(model, loss, target), layout);
    const losses: number[] = [];
    for (let step = 0; step < 5; step++) {
      const [start, end] = step % 2 === 0 ? [0, 7] : [7, 12];
      const { sums, update } = await training.run(values, {
        features: stored.features.slice(start * 72, end * 72),
        target: stored.target.slice(start, end),
      });
      losses.push(sums['loss']! / sums['denominator']!);
      for (let index = 0; index < layout.trainable; index++) {
        values[index] = values[index]! - (0.2 * update[index]!) / sums['denominator']!;
      }
      foldStatistics(layout, values, update, end - start, 'ema');
    }
    await training.release();
    expect(relativeError(losses, stored.losses)).toBeLessThan(1e-5);
    for (const [name, tensor] of Object.entries(stored.final)) {
      const { offset, length } = entry(name);
      // A bias in front of batch normalisation has no effect: its gradient is rounding noise around zero.
      expect(relativeError(values.subarray(offset, offset + length), tensor.values, 1e-2), name).toBeLessThan(
        1e-5,
      );
    }

    const prediction = await ProgramRunner.compile(engine, predictionProgram(model, target), layout);
    const { predictions } = await prediction.run(values, { features: stored.features });
    await prediction.release();
    expect(relativeError(predictions['logits']!, stored.logits)).toBeLessThan(1e-5);
  });
});

describe('the training program on two engines', () => {
  it("has the gradients of TensorFlow.js's own differentiation", async () => {
    const target: TargetSpec = { kind: 'class', classes: ['a', 'b', 'c'] };
    const layers = [
      { type: 'conv', options: { filters: 4, kernel: 3, padding: 'same', bias: false } },
      { type: 'batch-norm', options: {} },
      { type: 'gelu', options: {} },
      { type: 'average-pool', options: { kernel: 2 } },
      { type: 'flatten', options: {} },
      { type: 'dropout', options: { rate: 0.3 } },
      { type: 'dense', options: { units: 3 } },
    ];
    const features: FeatureSpec = { shape: [2, 6, 6], normalize: { kind: 'divide', by: 2 } };
    const model = buildModel({ kind: 'layers', layers }, features, target, 2);
    const layout = layoutOf(model);
    const job: LossJob = { ...loss, weights: [1, 2, 3], labelSmoothing: 0.1 };
    const batch = {
      features: Array.from({ length: 5 * 72 }, (_, index) => Math.sin(index * index)),
      target: [0, 2, 1, 1, 0],
      noise: { noise0: Float32Array.from({ length: 5 * 36 }, (_, index) => (index * 0.37) % 1) },
    };
    const second = await createTfjs();
    const outcomes = [];
    for (const each of [engine, second]) {
      const runner = await ProgramRunner.compile(each, trainingProgram(model, job, target), layout);
      outcomes.push(await runner.run(initialValues(model, layout), batch));
      await runner.release();
    }
    await second.close();
    const [ours, theirs] = outcomes as [(typeof outcomes)[0], (typeof outcomes)[0]];
    expect(relativeError(Object.values(ours.sums), Object.values(theirs.sums))).toBeLessThan(1e-5);
    for (const { name, offset, length } of layout.entries) {
      const part = (outcome: typeof ours) => outcome.update.subarray(offset, offset + length);
      expect(relativeError(part(ours), part(theirs), 1e-3), name).toBeLessThan(1e-5);
    }
  });
});

describe('training, evaluation and prediction of one model', () => {
  const target: TargetSpec = { kind: 'class', classes: ['a', 'b', 'c'] };
  const features: FeatureSpec = { shape: [4], normalize: { kind: 'none' } };
  const layers = [
    { type: 'dense', options: { units: 5 } },
    { type: 'dropout', options: { rate: 0.5 } },
    { type: 'relu', options: {} },
    { type: 'dropout', options: { rate: 0 } },
    { type: 'dense', options: { units: 3 } },
  ];
  const model = buildModel({ kind: 'layers', layers }, features, target, 3);
  const layout = layoutOf(model);
  const values = initialValues(model, layout);
  const rows = Array.from({ length: 20 * 4 }, (_, index) => Math.sin(index * 1.7));
  const classes = Array.from({ length: 20 }, (_, index) => index % 3);

  it('takes noise for each dropout that drops something', async () => {
    const program = trainingProgram(model, loss, target);
    expect(program.noise).toEqual([{ name: 'noise0', dims: [5], place: 0 }]);
    const runner = await ProgramRunner.compile(engine, program, layout);
    const run = (fill: number) =>
      runner.run(values, {
        features: rows,
        target: classes,
        noise: { noise0: new Float32Array(100).fill(fill) },
      });
    const weight = layout.entries.find(({ name }) => name === 'dense1.weight')!;
    const dropped = await run(0.49);
    const kept = await run(0.5);
    await runner.release();
    const gradient = (update: Float32Array) =>
      update.slice(weight.offset, weight.offset + weight.length).reduce((sum, value) => sum + value ** 2, 0);
    expect(gradient(dropped.update)).toBe(0);
    expect(gradient(kept.update)).toBeGreaterThan(0);
  });

  it('evaluates to what predictions say, in one batch or in many', async () => {
    const evaluation = await ProgramRunner.compile(engine, evaluationProgram(model, loss, target), layout);
    const prediction = await ProgramRunner.compile(engine, predictionProgram(model, target), layout);
    const whole = await evaluation.run(values, { features: rows, target: classes });
    const { predictions } = await prediction.run(values, { features: rows });
    const probabilities = predictions['probabilities']!;
    const confusion = new Float32Array(9);
    let surprise = 0;
    classes.forEach((actual, row) => {
      const own = Array.from(probabilities.subarray(row * 3, row * 3 + 3));
      const cell = actual * 3 + own.indexOf(Math.max(...own));
      confusion[cell] = confusion[cell]! + 1;
      surprise -= Math.log(own[actual]!);
    });
    expect(whole.sums['loss']).toBeCloseTo(surprise, 4);
    expect(whole.sums['denominator']).toBe(20);
    expect(whole.sums['examples']).toBe(20);
    expect(whole.extras['confusion']).toEqual(confusion);
    expect(whole.sums['correct']).toBe(confusion[0]! + confusion[4]! + confusion[8]!);

    const parts = [
      await evaluation.run(values, { features: rows.slice(0, 7 * 4), target: classes.slice(0, 7) }),
      await evaluation.run(values, { features: rows.slice(7 * 4), target: classes.slice(7) }),
    ];
    const added = parts.reduce((sum, part) => sum + part.sums['loss']!, 0);
    expect(added).toBeCloseTo(whole.sums['loss']!, 4);
    await evaluation.release();
    await prediction.release();
  });

  it('derives the same layout and program from the model after it was written and read', () => {
    const copy = readModel(writeModel(model));
    expect(layoutOf(copy)).toEqual(layout);
    const [a, b] = [trainingProgram(model, loss, target), trainingProgram(copy, loss, target)];
    expect(b.model.graph.nodes.map(({ op, outputs }) => [op, ...outputs])).toEqual(
      a.model.graph.nodes.map(({ op, outputs }) => [op, ...outputs]),
    );
  });
});

describe('metric sums of other targets', () => {
  const features: FeatureSpec = { shape: [1], normalize: { kind: 'none' } };
  const layers = [{ type: 'dense', options: { units: 1, initializer: 'ones' } }];

  it('counts a binary target by the sign of the logit', async () => {
    const target: TargetSpec = { kind: 'binary', classes: ['no', 'yes'] };
    const model = buildModel({ kind: 'layers', layers }, features, target, 1);
    const layout = layoutOf(model);
    const job: LossJob = { kind: 'binary-cross-entropy', positiveWeight: undefined };
    const runner = await ProgramRunner.compile(engine, evaluationProgram(model, job, target), layout);
    const { sums, extras } = await runner.run(initialValues(model, layout), {
      features: [-2, -1, 1, 2, 3],
      target: [0, 1, 1, 1, 0],
    });
    await runner.release();
    expect(sums['correct']).toBe(3);
    expect(sums['examples']).toBe(5);
    expect([...extras['confusion']!]).toEqual([1, 1, 1, 2]);
  });

  it('adds up errors and targets of numbers', async () => {
    const target: TargetSpec = { kind: 'number' };
    const model = buildModel({ kind: 'layers', layers }, features, target, 1);
    const layout = layoutOf(model);
    const runner = await ProgramRunner.compile(
      engine,
      evaluationProgram(model, { kind: 'mae' }, target),
      layout,
    );
    const { sums } = await runner.run(initialValues(model, layout), {
      features: [1, 2, 3],
      target: [2, 2, 0],
    });
    await runner.release();
    expect(sums).toEqual({
      loss: 4,
      denominator: 3,
      examples: 3,
      squared_error: 10,
      absolute_error: 4,
      target_sum: 4,
      target_squares: 8,
    });
  });
});
