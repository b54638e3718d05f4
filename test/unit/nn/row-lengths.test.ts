import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createEngine, type EngineName } from '../../../engines/create.ts';
import { gradientModel } from '../../../shared/autodiff/gradient-model.ts';
import { portableModel } from '../../../shared/autodiff/prepare.ts';
import type { LayerJob } from '../../../shared/job/job.ts';
import { buildModel, type FeatureSpec, type TargetSpec } from '../../../shared/nn/model.ts';
import { float32, int32, sizeOf } from '../../../shared/onnx/tensor.ts';
import type { ParameterLayout } from '../../../shared/parameters/layout.ts';
import { layoutOf } from '../../../shared/parameters/layout-of.ts';
import { evaluationProgram } from '../../../shared/programs/evaluate.ts';
import { exportModel } from '../../../shared/programs/export.ts';
import { LOSS } from '../../../shared/programs/program.ts';
import { trainingProgram } from '../../../shared/programs/train.ts';
import { numbersOf, runOnce } from '../autodiff/run.ts';
import { loadOnWebGpu, noDevice, runOnWebGpu } from '../autodiff/webgpu.ts';
import { ProgramRunner, relativeError } from '../programs/program-runner.ts';

/** Of test/data/nn/ctc-row-lengths.py. */
interface Case {
  readonly name: string;
  readonly blank: number;
  /** Places at a step. */
  readonly every: number;
  readonly recurrent: boolean;
  readonly features: { readonly dims: readonly [number, number, number]; readonly values: readonly number[] };
  readonly lengths: readonly number[];
  readonly places: number;
  readonly labels: readonly number[];
  readonly outputs: number;
  readonly parameters: Readonly<Record<string, { readonly values: readonly number[] }>>;
  readonly gradients: Readonly<Record<string, readonly number[]>>;
  readonly mean: number;
}

const cases: readonly Case[] = JSON.parse(
  readFileSync(new URL('../../data/nn/ctc-row-lengths.json', import.meta.url), 'utf8'),
);

/** @param column of the length, among the numbers of a row */
function modelOf({ blank, every, recurrent, features, outputs, places }: Case, column: number) {
  const [, steps, numbers] = features.dims;
  const layers = [
    ...(every > 1 ? [{ type: 'reshape', options: { shape: [steps / every, every * numbers] } }] : []),
    ...(recurrent ? [{ type: 'rnn', options: { units: 3, bidirectional: true } }] : []),
    { type: 'dense', options: { units: outputs } },
  ];
  const spec: FeatureSpec = {
    ...{ shape: [steps, numbers], normalize: { kind: 'none' } },
    lengths: { column, axis: 0 },
  };
  const classes = Array.from({ length: outputs - 1 }, (_, index) => String(index));
  const target: TargetSpec = { kind: 'symbols', classes, dims: [places], steps: 1 };
  const loss = { kind: 'ctc', blank } as const;
  const model = buildModel({ kind: 'layers', layers: layers as LayerJob[] }, spec, target, 1, { loss });
  return { model, target, loss, layout: layoutOf(model) };
}

/** Each row with its length in the middle of it. @param padding what is behind the last step of a row; as PyTorch had it when undefined */
function rowsOf({ features, lengths, every }: Case, column: number, padding?: number): number[] {
  const [, places, numbers] = features.dims;
  return lengths.flatMap((length, row) => {
    const own = features.values.slice(row * places * numbers, (row + 1) * places * numbers);
    const kept =
      padding === undefined
        ? own
        : own.map((value, at) => (at < Math.ceil(length / every) * every * numbers ? value : padding));
    return [...kept.slice(0, column), length, ...kept.slice(column)];
  });
}

function weightsOf(each: Case, layout: ParameterLayout): Float32Array {
  const values = new Float32Array(layout.length);
  for (const { name, offset } of layout.entries) values.set(each.parameters[name]!.values, offset);
  return values;
}

function expectPyTorchs(
  each: Case,
  layout: ParameterLayout,
  mean: number,
  gradientOf: (name: string) => ArrayLike<number>,
) {
  expect(mean / each.mean).toBeCloseTo(1, 4);
  expect(layout.entries.length).toBe(Object.keys(each.gradients).length);
  for (const { name } of layout.entries) {
    const ours = Array.from(gradientOf(name), (value) => value / each.lengths.length);
    expect(relativeError(ours, each.gradients[name]!), name).toBeLessThan(1e-4);
  }
}

const engines: readonly EngineName[] = ['cpu', 'wasm'];
const titled = cases.map((each) => [each.name, each] as const);

describe.each(engines)('rows that say how long they are, on %s', (name) => {
  it.each(titled)("have PyTorch's loss and gradients: %s", async (_, each) => {
    const { model, target, loss, layout } = modelOf(each, 3);
    const engine = await createEngine(name, { threads: 1 });
    const runner = await ProgramRunner.compile(engine, trainingProgram(model, loss, target), layout);
    const weights = weightsOf(each, layout);
    const found = await runner.run(weights, { features: rowsOf(each, 3), target: each.labels });
    // What is behind the end of a row is nothing to the model.
    const other = await runner.run(weights, { features: rowsOf(each, 3, 50), target: each.labels });
    await runner.release();
    await engine.close();
    const { sums, update } = found;
    expect(sums['denominator']).toBe(each.lengths.length);
    expectPyTorchs(each, layout, sums['loss']! / sums['denominator']!, (parameter) => {
      const { offset, length } = layout.entries.find((entry) => entry.name === parameter)!;
      return update.subarray(offset, offset + length);
    });
    expect(other.sums['loss']).toBeCloseTo(sums['loss']!, 5);
    expect(relativeError(other.update, update)).toBeLessThan(1e-5);
  });
});

it('rows that say how long they are run on webgpu from end to end', async () => {
  const reason = await noDevice();
  if (reason !== undefined) return console.info(`SKIPPED: rows with lengths on webgpu: ${reason}`);
  const programOf = (each: Case) => {
    const { model, target, loss } = modelOf(each, 3);
    const { model: program, differentiate } = trainingProgram(model, loss, target);
    return gradientModel(program, LOSS, differentiate, 'webgpu');
  };
  const each = cases.find(({ recurrent }) => !recurrent)!;
  const { layout } = modelOf(each, 3);
  const [rows, places] = each.features.dims;
  const feeds = {
    features: float32([rows, 2 * places + 1], rowsOf(each, 3)),
    target: int32([rows, each.places], each.labels),
    ...Object.fromEntries(
      layout.entries.map(({ name, dims }) => [name, float32(dims, each.parameters[name]!.values)]),
    ),
  };
  const found = await runOnWebGpu(programOf(each), feeds);
  expectPyTorchs(each, layout, numbersOf(found['loss'])[0]! / rows, (name) =>
    numbersOf(found[`${name}_grad`]),
  );
  // A recurrent network in software takes long: that each of its nodes has a place there is enough.
  await loadOnWebGpu(programOf(cases.find(({ name }) => name.includes('too few'))!));
});

it('an evaluation reads to the end of a row, whatever is behind it', async () => {
  const each = cases[0]!;
  const { model, target, loss, layout } = modelOf(each, 12);
  const engine = await createEngine('cpu', { threads: 1 });
  const runner = await ProgramRunner.compile(engine, evaluationProgram(model, loss, target), layout);
  const weights = weightsOf(each, layout);
  const sums = [];
  for (const padding of [undefined, 0, -80])
    sums.push((await runner.run(weights, { features: rowsOf(each, 12, padding), target: each.labels })).sums);
  await runner.release();
  await engine.close();
  for (const other of sums) {
    expect(other['edit_distance']).toBe(sums[0]!['edit_distance']);
    expect(other['loss']).toBeCloseTo(sums[0]!['loss']!, 5);
  }
});

it.each([0, 5, 12])(
  'an exported file takes the length at its place among the numbers: %i',
  async (column) => {
    const each = cases[0]!;
    const { model, target, layout } = modelOf(each, column);
    const values = weightsOf(each, layout);
    const exported = exportModel(model, layout, values, {
      ...{ target, run: 'r', round: 1, version: '1', metrics: {}, producerVersion: '0', blank: each.blank },
      lengths: { column, places: 6 },
    });
    expect(exported.metadata['tributary.lengths']).toBe(`{"column":${column},"places":6}`);
    expect(exported.graph.inputs.map(({ name, dims }) => [name, dims])).toEqual([
      ['features', ['batch', 13]],
    ]);
    const logits = await Promise.all(
      [0, 7].map(async (padding) => {
        const features = float32([3, 13], rowsOf(each, column, padding));
        return numbersOf((await runOnce(exported, { features }))['logits']);
      }),
    );
    expect(logits[0]).toEqual(logits[1]);
    const [steps, outputs] = [each.features.dims[1], each.outputs];
    for (const [row, length] of each.lengths.entries()) {
      for (let step = 0; step < steps; step++) {
        const at = (row * steps + step) * outputs;
        const said = logits[0]!.slice(at, at + outputs);
        const isSure = said[each.blank] === 0 && said.every((value, k) => k === each.blank || value < -1e29);
        expect(isSure, `row ${row}, step ${step}`).toBe(step >= length);
      }
    }
    expect(sizeOf(portableModel(exported, 'webgpu').graph.inputs[0]!.dims.slice(1) as number[])).toBe(13);
  },
);

it('of several outputs those that are labels end with the row, each with its own blank', async () => {
  const layers = [
    { type: 'label', options: { name: 'in' } },
    { type: 'dense', options: { units: 3 } },
    { type: 'label', options: { name: 'read' } },
    { type: 'from', options: { label: 'in' } },
    'flatten',
    { type: 'dense', options: { units: 1 } },
    { type: 'label', options: { name: 'size' } },
  ];
  const target: TargetSpec = {
    kind: 'several',
    outputs: [
      { name: 'read', target: { kind: 'symbols', classes: ['a', 'b'], dims: [2], steps: 2 } },
      { name: 'size', target: { kind: 'number' } },
    ],
  };
  const features: FeatureSpec = {
    ...{ shape: [2, 3], lengths: { column: 6, axis: 1 } },
    normalize: { kind: 'standardize', mean: new Array(6).fill(1), deviation: new Array(6).fill(2) },
  };
  const term = { output: 'read', weight: 1, loss: { kind: 'ctc', blank: 2 } } as const;
  const loss = { kind: 'sum', terms: [term, { output: 'size', weight: 1, loss: { kind: 'mse' } }] } as const;
  const job = { kind: 'layers', layers: layers as LayerJob[] } as const;
  const model = buildModel(job, features, target, 1, { loss });
  expect(model.graph.outputs.map(({ name, dims }) => [name, dims])).toEqual([
    ['read', ['batch', 2, 3]],
    ['size', ['batch', 1]],
  ]);
  const row = (length: number) => [3, -1, 2, 0, 1, 5, length];
  const found = await runOnce(model, { features: float32([2, 7], [...row(1), ...row(2)]) });
  // Of three places two are at the second step, of which the first is no whole one: with two places it counts.
  const sure = numbersOf(found['read']).map((value) => value < -1e29);
  expect(sure).toEqual([...new Array(3).fill(false), true, true, false, ...new Array(6).fill(false)]);
  expect(numbersOf(found['size'])[0]).toBe(numbersOf(found['size'])[1]);
  const longer = { ...features, shape: [3, 2] };
  const stretched = [{ type: 'reshape', options: { shape: [6, 1] } }, ...layers] as LayerJob[];
  expect(() => buildModel({ kind: 'layers', layers: stretched }, longer, target, 1, { loss })).toThrow(
    /count 2 places, and these are 6 steps: say the axis/,
  );
});
