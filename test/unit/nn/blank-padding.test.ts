import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { createEngine, type EngineName } from '../../../engines/create.ts';
import { gradientModel } from '../../../shared/autodiff/gradient-model.ts';
import { LayerStack } from '../../../shared/nn/layers/stack.ts';
import { buildModel } from '../../../shared/nn/model.ts';
import type { TargetSpec } from '../../../shared/nn/specs.ts';
import { GraphBuilder } from '../../../shared/onnx/builder.ts';
import type { Model } from '../../../shared/onnx/model.ts';
import { float32, int32 } from '../../../shared/onnx/tensor.ts';
import { predictionProgram } from '../../../shared/programs/predict.ts';
import { LOSS } from '../../../shared/programs/program.ts';
import { appendSums } from '../../../shared/programs/sums.ts';
import { trainingProgram } from '../../../shared/programs/train.ts';
import { numbersOf, runOnce } from '../autodiff/run.ts';
import { noDevice, runOnWebGpu } from '../autodiff/webgpu.ts';

/** Of test/data/nn/ctc-lengths.py. */
interface Case {
  readonly name: string;
  readonly blank: number;
  readonly dims: readonly [number, number, number];
  readonly logits: readonly number[];
  readonly places: number;
  readonly labels: readonly number[];
  readonly mean: number;
  readonly gradient: readonly number[];
}

const cases: readonly Case[] = JSON.parse(
  readFileSync(new URL('../../data/nn/ctc-lengths.json', import.meta.url), 'utf8'),
);
const titled = cases.map((each) => [each.name, each] as const);

/** The features are the logits themselves, and zeros behind a row's end; what is trained is added to them. */
function lossOf({ blank, dims: [, steps, outputs], places }: Case): Model {
  const builder = new GraphBuilder();
  const given = ['features', 'trained'].map((name) =>
    builder.input(name, 'float32', ['batch', steps, outputs]),
  );
  const logits = builder.op('Add', given);
  const layers = [{ 'blank-padding': { blank } }];
  const output = new LayerStack(builder, 1).append(layers, logits, ['layers']);
  const classes = Array.from({ length: outputs - 1 }, (_, index) => String(index));
  const target: TargetSpec = { kind: 'symbols', classes, dims: [places], steps: 1 };
  appendSums(builder, [output], { kind: 'ctc', blank }, target, { evaluate: false });
  return builder.build();
}

function feedsOf({ dims, logits, places, labels }: Case) {
  const trained = float32(dims, new Float32Array(logits.length));
  return { features: float32(dims, logits), trained, target: int32([dims[0], places], labels) };
}

type Found = Readonly<Record<'loss' | 'denominator' | 'gradient', ArrayLike<number>>>;

function agree({ loss, denominator, gradient }: Found, each: Case, digits: number): void {
  const rows = denominator[0]!;
  expect(rows).toBe(each.dims[0]);
  expect(loss[0]! / rows / (each.mean || 1)).toBeCloseTo(each.mean === 0 ? 0 : 1, digits);
  const distance = Math.hypot(...each.gradient.map((value, at) => gradient[at]! / rows - value));
  expect(distance).toBeLessThan(10 ** -digits * Math.hypot(...each.gradient));
}

const engines: readonly EngineName[] = ['cpu', 'wasm', 'tfjs'];

describe.each(engines)('rows of several lengths on %s are as PyTorch has them with input_lengths', (name) => {
  it.each(titled)('%s', async (_, each) => {
    const engine = await createEngine(name, { threads: 1 });
    const executable = await engine.compile({
      model: lossOf(each),
      gradients: { of: LOSS, withRespectTo: ['trained'] },
    });
    const [loss, denominator] = [float32([], [0]), float32([], [0])];
    const gradient = float32(each.dims, new Float32Array(each.logits.length));
    await executable.run(feedsOf(each), { loss, denominator, trained_grad: gradient });
    await executable.release();
    await engine.close();
    agree(
      { loss: numbersOf(loss), denominator: numbersOf(denominator), gradient: numbersOf(gradient) },
      each,
      4,
    );
  });
});

it('rows of several lengths run on webgpu from end to end', async () => {
  const reason = await noDevice();
  if (reason !== undefined) return console.info(`SKIPPED: padding of symbols on webgpu: ${reason}`);
  const each = cases[0]!;
  const model = gradientModel(lossOf(each), LOSS, ['trained'], 'webgpu');
  const found = await runOnWebGpu(model, feedsOf(each));
  const [loss, denominator, gradient] = ['loss', 'denominator', 'trained_grad'].map((name) =>
    numbersOf(found[name]),
  );
  agree({ loss: loss!, denominator: denominator!, gradient: gradient! }, each, 3);
});

it('what is surely no symbol stays so in mixed precision', async () => {
  const target: TargetSpec = { kind: 'symbols', classes: ['a', 'b'], dims: [2], steps: 2 };
  const layers = parse('[{dense: 3}, {blank-padding: 0}]');
  const features = { shape: [4, 2], normalize: { kind: 'none' } } as const;
  const model = buildModel({ kind: 'layers', layers }, features, target, 1);
  const { model: program, differentiate } = trainingProgram(model, { kind: 'ctc', blank: 0 }, target);
  // The second is too short for its label.
  const row = (text: string) => [...text].flatMap((each) => [Number(each), 1 - Number(each) / 2]);
  const feeds = {
    features: float32([2, 4, 2], [...row('123'), 0, 0, ...row('1'), 0, 0, 0, 0, 0, 0]),
    target: int32([2, 2], [0, 1, 1, 0]),
    ...Object.fromEntries(model.graph.initializers),
  };
  const results = await Promise.all(
    (['float32', 'mixed'] as const).map((precision) =>
      runOnce(gradientModel(program, LOSS, differentiate, 'cpu', { precision }), feeds),
    ),
  );
  for (const name of ['loss', ...differentiate.map((each) => `${each}_grad`)]) {
    const [single, mixed] = results.map((result) => numbersOf(result[name])) as [number[], number[]];
    expect(Math.hypot(...single)).toBeGreaterThan(0.01);
    expect(Math.hypot(...single.map((value, at) => value - mixed[at]!))).toBeLessThan(
      0.01 * Math.hypot(...single),
    );
  }
});

/** Which steps of each image may say something: 0 is surely blank. */
async function realSteps(layers: string, images: readonly (readonly number[])[], shape: readonly number[]) {
  const target: TargetSpec = { kind: 'symbols', classes: ['a', 'b'], dims: [1], steps: 1 };
  const features = { shape, normalize: { kind: 'divide', by: 2 } } as const;
  const model = buildModel({ kind: 'layers', layers: parse(layers) }, features, target, 1);
  const program = predictionProgram(model, target);
  const feeds = { features: float32([images.length, ...shape], images.flat()) };
  for (const [name, tensor] of model.graph.initializers) Object.assign(feeds, { [name]: tensor });
  const logits = numbersOf((await runOnce(program.model, feeds))['logits']);
  const steps = logits.length / 3 / images.length;
  return images.map((_, row) =>
    Array.from({ length: steps }, (_, step) => {
      const [blank, ...symbols] = logits.slice((row * steps + step) * 3, (row * steps + step + 1) * 3);
      return blank === 0 && symbols.every((logit) => logit < -1e29) ? 0 : 1;
    }),
  );
}

it('images end where the last column is that is no paper, before normalisation; the model has fewer steps', async () => {
  const layers = `[{transpose: [3, 1, 2]}, {reshape: [4, 6]}, {dense: 3}, {blank-padding: {value: 7, axis: 2}}]`;
  // [1, 2, 12]: both rows of pixels of an image with ink in one pixel each.
  const image = (ink: readonly number[]) => Array.from({ length: 24 }, (_, at) => (ink.includes(at) ? 1 : 7));
  const images = [image([3]), image([0, 12 + 5]), image([12 + 6, 2]), image([11]), image([])];
  expect(await realSteps(layers, images, [1, 2, 12])).toEqual([
    [1, 1, 0, 0],
    [1, 1, 0, 0],
    [1, 1, 1, 0],
    [1, 1, 1, 1],
    [0, 0, 0, 0],
  ]);
});

it('padding between other steps is silence, and counts', async () => {
  const layers = '[{dense: 3}, {blank-padding: 0}]';
  const row = (text: string) => [...text].flatMap((each) => [Number(each), 0]);
  expect(await realSteps(layers, [row('1010'), row('0100')], [4, 2])).toEqual([
    [1, 1, 1, 0],
    [1, 1, 0, 0],
  ]);
});

it.each([
  ['[{dense: 3}, flatten, {blank-padding: 0}]', 'needs [batch, steps, outputs]'],
  ['[{dense: 3}, {blank-padding: {axis: 2}}]', 'axis 2 is none of the 2 axes of the features [4, 2]'],
  [
    '[{transpose: [2, 1]}, {dense: 3}, {blank-padding: {axis: 0}}]',
    'axis 0 of the features [1, 8] has 1 place, and the model has 8 steps: say the axis',
    [1, 8],
  ],
  ['[{dense: 3}, {blank-padding: 1.0e+39}]', 'too large for float32'],
  ['[{dense: 3}, {blank-padding: {blank: 3}}]', 'the blank is output 3, but the outputs are 0 to 2'],
])('%s is refused', async (layers, message, shape: readonly number[] = [4, 2]) => {
  await expect(realSteps(layers, [], shape)).rejects.toThrow(message);
});
