import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../../engines/engine.ts';
import { createOnnxRuntimeNode } from '../../../engines/onnxruntime-node.ts';
import { createOnnxRuntimeWeb } from '../../../engines/onnxruntime-web.ts';
import { buildModel } from '../../../shared/nn/model.ts';
import { modelRegistry } from '../../../shared/nn/models/registry.ts';
import { layoutOf } from '../../../shared/parameters/layout-of.ts';
import { evaluationProgram } from '../../../shared/programs/evaluate.ts';
import { exportModel } from '../../../shared/programs/export.ts';
import { trainingProgram } from '../../../shared/programs/train.ts';
import { lossOf, titled, ZOO } from '../../support/zoo.ts';
import { initialValues, ProgramRunner } from './program-runner.ts';
import { batchOf, EXAMPLES, train } from './train-zoo.ts';

/** As many as bring the slowest of them down by a quarter. */
const STEPS = 40;

let engine: Engine;
beforeAll(async () => {
  engine = await createOnnxRuntimeNode({ threads: 1 });
});
afterAll(() => engine.close());

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
  });
  afterAll(() => wasm.close());

  it.each(titled())('%s has the losses that it has on the cpu', async (_, zoo) => {
    const [here, there] = [await train(engine, zoo, 5), await train(wasm, zoo, 5)];
    here.forEach((loss, step) => {
      expect(Math.abs(there[step]! / loss - 1)).toBeLessThan(2e-4);
    });
  });
});
