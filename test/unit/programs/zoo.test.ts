import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../../engines/engine.ts';
import { createOnnxRuntimeNode } from '../../../engines/onnxruntime-node.ts';
import { createOnnxRuntimeWeb } from '../../../engines/onnxruntime-web.ts';
import { buildModel } from '../../../shared/nn/model.ts';
import { modelRegistry } from '../../../shared/nn/models/registry.ts';
import { outputsFor, positionsOf } from '../../../shared/nn/specs.ts';
import { sizeOf } from '../../../shared/onnx/tensor.ts';
import { layoutOf } from '../../../shared/parameters/layout-of.ts';
import { createRandom } from '../../../shared/parameters/random.ts';
import { evaluationProgram } from '../../../shared/programs/evaluate.ts';
import { exportModel } from '../../../shared/programs/export.ts';
import { trainingProgram } from '../../../shared/programs/train.ts';
import { lossOf, titled, ZOO, type ZooModel } from '../../support/zoo.ts';
import { type Batch, initialValues, ProgramRunner } from './program-runner.ts';

const EXAMPLES = 8;
/** As many as bring the slowest of them down by a quarter. */
const STEPS = 40;

let engine: Engine;
beforeAll(async () => {
  engine = await createOnnxRuntimeNode({ threads: 1 });
});
afterAll(() => engine.close());

/** Random examples, always the same. Token ids below the vocabulary, categories in columns 0 and 2 of a table. */
function batchOf(model: ZooModel): Batch {
  const random = createRandom(5);
  const { features, target } = model;
  const draw = (count: number, next: () => number) => Array.from({ length: count }, next);
  const below = (limit: number) => Math.floor(random.next() * limit);
  const size = sizeOf(features.shape);
  const data = draw(EXAMPLES * size, () =>
    model.vocabulary ? below(model.vocabulary) : 2 * random.next() - 1,
  );
  if (size === 4) {
    for (let place = 0; place < data.length; place += 2) data[place] = below(4);
  }
  if (target.kind === 'none') return { features: data };
  const classes = target.kind === 'class' ? outputsFor(target, features) : 2;
  const places = EXAMPLES * sizeOf(positionsOf(target));
  const targets = draw(places, () => (target.kind === 'number' ? 2 * random.next() - 1 : below(classes)));
  return { features: data, target: targets };
}

/** Losses per counted thing before and after each step of Adam on one batch; noise is the same in every step. */
async function train(on: Engine, zoo: ZooModel, steps: number): Promise<number[]> {
  const model = buildModel(
    { kind: 'named', name: zoo.name, options: zoo.options },
    zoo.features,
    zoo.target,
    1,
  );
  const layout = layoutOf(model);
  const program = trainingProgram(model, lossOf(zoo), zoo.target);
  const runner = await ProgramRunner.compile(on, program, layout);
  const values = initialValues(model, layout);
  const random = createRandom(6);
  const noise = Object.fromEntries(
    program.noise.map(({ name, dims }) => [
      name,
      Float32Array.from({ length: EXAMPLES * sizeOf(dims) }, () => random.next()),
    ]),
  );
  const [first, second] = [new Float64Array(values.length), new Float64Array(values.length)];
  const losses: number[] = [];
  for (let step = 1; step <= steps; step++) {
    const { sums, update } = await runner.run(values, { ...batchOf(zoo), noise });
    losses.push(sums['loss']! / sums['denominator']!);
    for (const { section, offset, length } of layout.entries) {
      if (section !== 'trainable') continue;
      for (let at = offset; at < offset + length; at++) {
        const gradient = update[at]! / sums['denominator']!;
        first[at] = 0.9 * first[at]! + 0.1 * gradient;
        second[at] = 0.99 * second[at]! + 0.01 * gradient ** 2;
        const [mean, spread] = [first[at]! / (1 - 0.9 ** step), second[at]! / (1 - 0.99 ** step)];
        values[at] = values[at]! - (0.02 * mean) / (Math.sqrt(spread) + 1e-8);
      }
    }
  }
  await runner.release();
  return losses;
}

it('the zoo has every named model', () => {
  expect([...new Set(ZOO.map(({ name }) => name))].sort()).toEqual(Object.keys(modelRegistry).sort());
});

describe('on the cpu', () => {
  it.each(titled())('%s learns a batch by heart', async (_, zoo) => {
    const losses = await train(engine, zoo, STEPS);
    expect(losses.every(Number.isFinite)).toBe(true);
    expect(losses.at(-1)!).toBeLessThan(0.75 * losses[0]!);
  });

  it('a variational autoencoder draws in training, and always says the same in use', async () => {
    const zoo = ZOO.find(({ options }) => options['variational'])!;
    const model = buildModel(
      { kind: 'named', name: zoo.name, options: zoo.options },
      zoo.features,
      zoo.target,
      1,
    );
    const layout = layoutOf(model);
    const program = trainingProgram(model, lossOf(zoo), zoo.target);
    expect(program.noise.map(({ dims }) => dims)).toEqual([[2, 4]]);
    const runner = await ProgramRunner.compile(engine, program, layout);
    const values = initialValues(model, layout);
    const lossWith = async (uniform: number) => {
      const noise = { noise0: new Float32Array(EXAMPLES * 8).fill(uniform) };
      return (await runner.run(values, { ...batchOf(zoo), noise })).sums['loss']!;
    };
    // Radius sqrt(-2 log(1 - u)), angle 2πu: u = 0 is no noise, as in evaluation.
    const still = await lossWith(0);
    expect(await lossWith(0.5)).not.toBeCloseTo(still, 4);
    await runner.release();
    const measured = await ProgramRunner.compile(
      engine,
      evaluationProgram(model, lossOf(zoo), zoo.target),
      layout,
    );
    expect((await measured.run(values, batchOf(zoo))).sums['loss']).toBeCloseTo(still, 4);
    await measured.release();
    const exported = exportModel(model, layout, values, {
      target: zoo.target,
      run: 'r',
      round: 1,
      version: 'v',
      metrics: {},
      producerVersion: '0',
    });
    expect(exported.graph.nodes.map(({ op }) => op)).not.toContain('RandomNormalLike');
  });
});

describe('on wasm', () => {
  let wasm: Engine;
  beforeAll(async () => {
    wasm = await createOnnxRuntimeWeb({ threads: 1 });
  }, 60_000);
  afterAll(() => wasm.close());

  const sample = titled().filter(([title]) =>
    ['resnet', 'lstm', 'gpt 2', 'vit', 'autoencoder 2'].includes(title),
  );
  it.each(sample)('%s has the losses that it has on the cpu', async (_, zoo) => {
    const [here, there] = [await train(engine, zoo, 5), await train(wasm, zoo, 5)];
    here.forEach((loss, step) => {
      expect(Math.abs(there[step]! / loss - 1)).toBeLessThan(2e-4);
    });
  });
});
