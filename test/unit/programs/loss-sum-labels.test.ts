import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createEngine, type EngineName } from '../../../engines/create.ts';
import { gradientModel } from '../../../shared/autodiff/gradient-model.ts';
import type { LossSumJob } from '../../../shared/job/loss-job.ts';
import { metricsOf, type Sums } from '../../../shared/nn/metrics/metrics.ts';
import type { SingleTarget, TargetSpec } from '../../../shared/nn/specs.ts';
import { GraphBuilder } from '../../../shared/onnx/builder.ts';
import { float32 } from '../../../shared/onnx/tensor.ts';
import { LOSS } from '../../../shared/programs/program.ts';
import { appendSums } from '../../../shared/programs/sums.ts';
import { numbersOf } from '../autodiff/run.ts';
import { noDevice, runOnWebGpu } from '../autodiff/webgpu.ts';
import { relativeError } from './program-runner.ts';

/** Of test/data/nn/ctc.py: PyTorch’s loss of labels alone, and its gradient. */
interface Case {
  readonly name: string;
  readonly job: { readonly kind: 'ctc'; readonly blank: number };
  readonly spec: Extract<SingleTarget, { kind: 'symbols' }>;
  readonly outputDims: readonly [number, number, number];
  readonly output: readonly number[];
  readonly target: readonly number[];
  readonly mean: number;
  readonly gradient: readonly number[];
}

const cases: readonly Case[] = JSON.parse(
  readFileSync(new URL('../../data/nn/ctc.json', import.meta.url), 'utf8'),
);

/** How many symbols a label has, from what is said of it: a number beside the label. */
const SAID = 1.5;
const [LABEL, COUNT] = [0.5, 2];

function programOf({ job, spec, outputDims: [, steps, outputs] }: Case) {
  const builder = new GraphBuilder();
  builder.input('count', 'float32', ['batch', 1]);
  builder.input('read', 'float32', ['batch', steps, outputs]);
  const target: TargetSpec = {
    kind: 'several',
    outputs: [
      { name: 'count', target: { kind: 'number' } },
      { name: 'read', target: spec },
    ],
  };
  const loss: LossSumJob = {
    kind: 'sum',
    terms: [
      { output: 'read', weight: LABEL, loss: job },
      { output: 'count', weight: COUNT, loss: { kind: 'mse' } },
    ],
  };
  const { sums } = appendSums(builder, ['count', 'read'], loss, target, { evaluate: true });
  return { model: builder.build(), sums };
}

const places = ({ target, outputDims: [rows] }: Case): number => target.length / rows;
const labelsOf = (each: Case): number[][] =>
  Array.from({ length: each.outputDims[0] }, (_, row) =>
    each.target.slice(row * places(each), (row + 1) * places(each)),
  );
const lengthsOf = (each: Case): number[] =>
  labelsOf(each).map((label) => label.filter((symbol) => symbol >= 0).length);

function feedsOf(each: Case) {
  const [rows] = each.outputDims;
  const lengths = lengthsOf(each);
  const target = labelsOf(each).flatMap((label, row) => [lengths[row]!, ...label]);
  return {
    count: float32([rows, 1], new Array(rows).fill(SAID)),
    read: float32(each.outputDims, each.output),
    target: float32([rows, places(each) + 1], target),
  };
}

function expectPyTorchs(each: Case, sums: Sums, gradient: readonly number[], digits = 4): void {
  const [rows] = each.outputDims;
  const squares = lengthsOf(each).map((length) => (SAID - length) ** 2);
  const mse = squares.reduce((a, b) => a + b) / rows;
  const metrics = metricsOf(sums);
  expect(sums['denominator']).toBe(rows);
  expect(metrics['read.loss']! / each.mean).toBeCloseTo(1, digits);
  expect(metrics['count.loss']).toBeCloseTo(mse, digits);
  expect(metrics['loss']! / (LABEL * each.mean + COUNT * mse)).toBeCloseTo(1, digits);
  const ours = gradient.map((value) => value / rows);
  const theirs = each.gradient.map((value) => LABEL * value);
  expect(relativeError(ours, theirs, 1e-7)).toBeLessThan(10 ** -digits);
  // As alone: shares of the symbols, and of the labels, that the best path has right.
  expect(sums['read.symbol_count']).toBe(lengthsOf(each).reduce((a, b) => a + b));
  expect(metrics['read.label-error-rate']).toBeGreaterThanOrEqual(0);
  expect(metrics['read.accuracy']).toBeLessThanOrEqual(1);
}

const some = cases.filter(({ name }) =>
  ['labels of several lengths', 'the blank last', 'one step', 'many steps'].some((word) =>
    name.endsWith(word),
  ),
);
const engines: readonly EngineName[] = ['cpu', 'wasm', 'tfjs'];

describe.each(engines)('a label beside a number, with losses that are summed, on %s', (name) => {
  it.each(some.map((each) => [each.name, each] as const))(
    "has PyTorch's loss of each: %s",
    async (_, each) => {
      const engine = await createEngine(name, { threads: 1 });
      const { model, sums } = programOf(each);
      const executable = await engine.compile({ model, gradients: { of: LOSS, withRespectTo: ['read'] } });
      const results = Object.fromEntries(sums.map((sum) => [sum, float32([], [0])]));
      const gradient = float32(each.outputDims, new Float32Array(each.output.length));
      await executable.run(feedsOf(each), { ...results, read_grad: gradient });
      await executable.release();
      await engine.close();
      const found = Object.fromEntries(sums.map((sum) => [sum, numbersOf(results[sum])[0]!]));
      expectPyTorchs(each, found, numbersOf(gradient));
    },
  );
});

it('has four cases to look at', () => {
  expect(some.length).toBe(4);
});

it('a label beside a number runs on webgpu from end to end', async () => {
  const reason = await noDevice();
  if (reason !== undefined) return console.info(`SKIPPED: a label beside a number on webgpu: ${reason}`);
  const each = some[0]!;
  const { model, sums } = programOf(each);
  const found = await runOnWebGpu(gradientModel(model, LOSS, ['read'], 'webgpu'), feedsOf(each));
  const values = Object.fromEntries(sums.map((sum) => [sum, numbersOf(found[sum])[0]!]));
  expectPyTorchs(each, values, numbersOf(found['read_grad']), 3);
});
