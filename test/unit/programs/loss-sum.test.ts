import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../../engines/engine.ts';
import { createOnnxRuntimeNode } from '../../../engines/onnxruntime-node.ts';
import { createTfjs } from '../../../engines/tfjs/tfjs.ts';
import type { LayerJob } from '../../../shared/job/job.ts';
import type { LossSumJob } from '../../../shared/job/loss-job.ts';
import { functional, input } from '../../../shared/nn/build/graph.ts';
import { nn } from '../../../shared/nn/build/layers.ts';
import { higherIsBetter, metricsOf } from '../../../shared/nn/metrics/metrics.ts';
import { buildModel, type FeatureSpec, type TargetSpec } from '../../../shared/nn/model.ts';
import type { Tensor } from '../../../shared/onnx/tensor.ts';
import { layoutOf } from '../../../shared/parameters/layout-of.ts';
import { evaluationProgram } from '../../../shared/programs/evaluate.ts';
import { exportModel } from '../../../shared/programs/export.ts';
import { predictionProgram } from '../../../shared/programs/predict.ts';
import { trainingProgram } from '../../../shared/programs/train.ts';
import { initialValues, type Outcome, ProgramRunner, relativeError } from './program-runner.ts';

interface Stored {
  readonly features: readonly number[];
  readonly target: readonly number[];
  readonly parameters: Readonly<
    Record<string, { dims: readonly number[]; values: readonly number[]; gradient: readonly number[] }>
  >;
  readonly loss: number;
  readonly terms: Readonly<Record<string, number>>;
  readonly correct: Readonly<Record<string, number>>;
}

const stored: Stored = JSON.parse(
  readFileSync(new URL('../../data/nn/loss-sum.json', import.meta.url), 'utf8'),
);
const features: FeatureSpec = { shape: [4], normalize: { kind: 'none' } };
const target: TargetSpec = {
  kind: 'several',
  outputs: [
    { name: 'kind', target: { kind: 'class', classes: ['a', 'b', 'c'] } },
    { name: 'odd', target: { kind: 'binary', classes: ['no', 'yes'] } },
    { name: 'place', target: { kind: 'number', dims: [2] } },
    { name: 'letters', target: { kind: 'class', classes: ['-', 'x', 'y'], dims: [4] } },
  ],
};
const entropy = { kind: 'cross-entropy', weights: undefined, labelSmoothing: 0, ignore: undefined } as const;
const loss: LossSumJob = {
  kind: 'sum',
  terms: [
    // Not in the targets' order: they are found by name.
    { output: 'odd', weight: 0.3, loss: { kind: 'binary-cross-entropy', positiveWeight: undefined } },
    { output: 'kind', weight: 1, loss: { ...entropy, weights: [1, 2, 3], labelSmoothing: 0.1 } },
    { output: 'letters', weight: 0.5, loss: { ...entropy, ignore: 0 } },
    { output: 'place', weight: 2, loss: { kind: 'mse' } },
  ],
};

const x = input();
const trunk = nn.tanh()(nn.dense(5)(x));
const heads = {
  kind: nn.dense(3)(trunk),
  odd: nn.dense(1)(trunk),
  place: nn.dense(2)(trunk),
  letters: nn.reshape([4, 3])(nn.dense(12)(trunk)),
};
const model = buildModel(functional(x, heads), features, target, 1);
const layout = layoutOf(model);

function weights(): Float32Array {
  const values = new Float32Array(layout.length);
  for (const { name, offset } of layout.entries) {
    values.set(stored.parameters[name]!.values, offset);
  }
  return values;
}

const whole = { features: stored.features, target: stored.target };
const part = (from: number, to: number) => ({
  features: stored.features.slice(from * 4, to * 4),
  target: stored.target.slice(from * 8, to * 8),
});

let engine: Engine;
beforeAll(async () => {
  engine = await createOnnxRuntimeNode({ threads: 1 });
});
afterAll(() => engine.close());

async function train(on: Engine, batch: Parameters<ProgramRunner['run']>[1]): Promise<Outcome> {
  const runner = await ProgramRunner.compile(on, trainingProgram(model, loss, target), layout);
  const outcome = await runner.run(weights(), batch);
  await runner.release();
  return outcome;
}

describe('a model of four outputs with a weighted sum of losses', () => {
  it('has an output of each name', () => {
    expect(model.graph.outputs.map(({ name, dims }) => [name, dims])).toEqual([
      ['kind', ['batch', 3]],
      ['odd', ['batch', 1]],
      ['place', ['batch', 2]],
      ['letters', ['batch', 4, 3]],
    ]);
  });

  it("has PyTorch's loss, each term's too, and its gradients", async () => {
    const { sums, update } = await train(engine, whole);
    const metrics = metricsOf(sums);
    expect(metrics['loss']).toBeCloseTo(stored.loss, 5);
    for (const [name, value] of Object.entries(stored.terms)) {
      expect(metrics[`${name}.loss`], name).toBeCloseTo(value, 5);
    }
    for (const { name, offset, length } of layout.entries) {
      const ours = update.subarray(offset, offset + length).map((value) => value / sums['denominator']!);
      expect(relativeError(ours, stored.parameters[name]!.gradient), name).toBeLessThan(1e-5);
    }
  });

  it('adds up over pieces of a batch, whatever classes are in them', async () => {
    const all = await train(engine, whole);
    const pieces = [await train(engine, part(0, 2)), await train(engine, part(2, 7))];
    const added = Float32Array.from(all.update, (_, at) => pieces[0]!.update[at]! + pieces[1]!.update[at]!);
    expect(relativeError(added, all.update)).toBeLessThan(1e-6);
    for (const [name, value] of Object.entries(all.sums)) {
      expect(pieces[0]!.sums[name]! + pieces[1]!.sums[name]!, name).toBeCloseTo(value, 4);
    }
  });

  it("has the gradients of TensorFlow.js's own differentiation", async () => {
    const second = await createTfjs();
    const [ours, theirs] = [await train(engine, whole), await train(second, whole)];
    await second.close();
    expect(relativeError(ours.update, theirs.update)).toBeLessThan(1e-5);
  });

  it('is measured output by output, with metrics on demand', async () => {
    const program = evaluationProgram(model, loss, target, ['kind.log-loss', 'odd.roc-auc']);
    const runner = await ProgramRunner.compile(engine, program, layout);
    const { sums, extras } = await runner.run(weights(), whole);
    await runner.release();
    const metrics = metricsOf(sums);
    expect(sums['kind.correct']).toBe(stored.correct['kind']);
    expect(sums['odd.correct']).toBe(stored.correct['odd']);
    expect(sums['letters.correct']).toBe(stored.correct['letters']);
    const shown = ['loss', 'kind.accuracy', 'odd.accuracy', 'place.r2', 'place.rmse', 'letters.perplexity'];
    expect(Object.keys(metrics)).toEqual(expect.arrayContaining(shown));
    expect(metrics['kind.accuracy']).toBeCloseTo(stored.correct['kind']! / 7, 6);
    expect(Object.keys(sums)).toContain('kind.surprise');
    expect(Object.keys(extras)).toEqual(
      expect.arrayContaining(['kind.confusion', 'odd.confusion', 'letters.confusion', 'odd.scores']),
    );
    expect(higherIsBetter('accuracy.loss')).toBe(false);
    expect(higherIsBetter('place.r2')).toBe(true);
  });

  it('predicts and exports every output by its name, with probabilities', async () => {
    const runner = await ProgramRunner.compile(engine, predictionProgram(model, target), layout);
    const { predictions } = await runner.run(weights(), { features: stored.features });
    await runner.release();
    const names = ['kind', 'kind_probabilities', 'odd', 'odd_probabilities', 'place', 'letters'];
    expect(Object.keys(predictions)).toEqual([...names, 'letters_probabilities']);
    const file = exportModel(model, layout, weights(), {
      ...{ target, run: 'r', round: 1, version: '1.1.0', metrics: {}, producerVersion: '0' },
    });
    const executable = await engine.compile({ model: file });
    const results: Record<string, Tensor> = {};
    for (const { name, dims } of file.graph.outputs) {
      const shape = [7, ...(dims.slice(1) as number[])];
      const data = new Float32Array(shape.reduce((size, dim) => size * dim, 1));
      results[name] = { type: 'float32', dims: shape, data };
    }
    const data = Float32Array.from(stored.features);
    await executable.run({ features: { type: 'float32', dims: [7, 4], data } }, results);
    await executable.release();
    for (const [name, values] of Object.entries(predictions)) {
      expect(relativeError(results[name]!.data as Float32Array, values), name).toBeLessThan(1e-6);
    }
  });
});

describe('several outputs that do not fit', () => {
  const build = (outputs: Parameters<typeof functional>[1]) =>
    buildModel(functional(x, outputs), features, target, 1);

  it.each<[string, () => unknown, RegExp]>([
    ['one is missing', () => build({ ...heads, odd: heads.kind }), /'odd'.*needs \[batch, 1\]/],
    [
      'one has another name',
      () => build({ kind: heads.kind, ood: heads.odd, place: heads.place, letters: heads.letters }),
      /no layer makes the output 'odd'.*nearest label: 'ood'/,
    ],
    [
      'the last layer is for nothing',
      () => {
        const all = functional(x, heads) as { readonly layers: readonly LayerJob[] };
        const more = [...all.layers, { type: 'dense', options: { units: 2 } }];
        return buildModel({ kind: 'layers', layers: more }, features, target, 1);
      },
      /nothing comes of the last layer.*kind, odd, place, letters/,
    ],
    [
      'one ends in a sigmoid',
      () => build({ ...heads, odd: nn.sigmoid()(heads.odd) }),
      /ends in logits.*remove/,
    ],
    [
      'a loss is missing',
      () => trainingProgram(model, { kind: 'sum', terms: loss.terms.slice(1) }, target),
      /the target 'odd' has no loss/,
    ],
    [
      'a loss is for something else',
      () =>
        trainingProgram(
          model,
          { kind: 'sum', terms: [...loss.terms, { output: 'size', weight: 1, loss: { kind: 'mse' } }] },
          target,
        ),
      /a loss for 'size', but the targets are kind, odd, place, letters/,
    ],
    [
      'a loss does not fit',
      () =>
        trainingProgram(
          model,
          { kind: 'sum', terms: loss.terms.map((term) => ({ ...term, loss: { kind: 'mse' } as const })) },
          target,
        ),
      /does not fit a target of type class/,
    ],
  ])('says so where %s', (_, make, message) => {
    expect(make).toThrow(message);
  });
});

describe('a named model with several targets', () => {
  const image: FeatureSpec = { shape: [1, 8, 8], normalize: { kind: 'none' } };

  it('has one last layer, cut into the outputs', () => {
    const named = buildModel(
      { kind: 'named', name: 'cnn', options: { filters: [4], dense: 8 } },
      image,
      target,
      1,
    );
    expect(named.graph.outputs.map(({ name, dims }) => [name, dims])).toEqual(
      model.graph.outputs.map(({ name, dims }) => [name, dims]),
    );
    expect(initialValues(named, layoutOf(named)).length).toBeGreaterThan(0);
  });

  it('is refused where it says something at every place', () => {
    expect(() =>
      buildModel({ kind: 'named', name: 'unet', options: { filters: [4, 6] } }, image, target, 1),
    ).toThrow(/does not make several outputs/);
  });
});
