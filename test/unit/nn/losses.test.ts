import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../../engines/engine.ts';
import { createOnnxRuntimeNode } from '../../../engines/onnxruntime-node.ts';
import type { SingleLossJob } from '../../../shared/job/job.ts';
import { checkLoss, lossRegistry } from '../../../shared/nn/losses/registry.ts';
import { latentsOf } from '../../../shared/nn/losses/variational.ts';
import { buildModel } from '../../../shared/nn/model.ts';
import { ModelBuildError } from '../../../shared/nn/model-build-error.ts';
import type { TargetSpec } from '../../../shared/nn/specs.ts';
import { GraphBuilder } from '../../../shared/onnx/builder.ts';
import { float32, int32 } from '../../../shared/onnx/tensor.ts';
import { evaluationProgram } from '../../../shared/programs/evaluate.ts';
import { LOSS } from '../../../shared/programs/program.ts';
import { appendSums } from '../../../shared/programs/sums.ts';
import { trainingProgram } from '../../../shared/programs/train.ts';
import { relativeError } from '../programs/program-runner.ts';

interface Case {
  readonly name: string;
  readonly job: SingleLossJob;
  readonly spec: TargetSpec;
  readonly outputDims: readonly number[];
  readonly targetDims: readonly number[];
  readonly output: readonly number[];
  readonly target: readonly number[];
  /** Of two numbers for each example, further inputs. */
  readonly latents?: { readonly mean: readonly number[]; readonly log_variance: readonly number[] };
  readonly mean: number;
  readonly gradient: readonly number[];
}

const cases: Case[] = ['losses', 'ctc'].flatMap((name) =>
  JSON.parse(readFileSync(new URL(`../../data/nn/${name}.json`, import.meta.url), 'utf8')),
);

function targetOf(kind: SingleLossJob['kind'], outputs: number): TargetSpec {
  if (kind === 'cross-entropy') return { kind: 'class', classes: Array.from({ length: outputs }, String) };
  if (kind === 'binary-cross-entropy') return { kind: 'binary', classes: ['no', 'yes'] };
  return { kind: 'number' };
}

let engine: Engine;
beforeAll(async () => {
  engine = await createOnnxRuntimeNode({ threads: 1 });
});
afterAll(() => engine.close());

/** The loss as a program over its output, which it differentiates. */
async function measure({ job, spec, output, outputDims, target, targetDims, latents }: Case) {
  const builder = new GraphBuilder();
  builder.input('output', 'float32', ['batch', ...outputDims.slice(1)]);
  const further = Object.entries(latents ?? {});
  for (const [name] of further) builder.input(name, 'float32', ['batch', 2]);
  appendSums(builder, ['output'], job, spec, {
    evaluate: false,
    latents: latents ? [{ mean: 'mean', logVariance: 'log_variance' }] : [],
  });
  const executable = await engine.compile({
    model: builder.build(),
    gradients: { of: LOSS, withRespectTo: ['output', ...further.map(([name]) => name)] },
  });
  const sum = float32([], [0]);
  const denominator = float32([], [0]);
  const gradient = float32(outputDims, new Float32Array(output.length));
  const gradients = Object.fromEntries(
    further.map(([name, { length }]) => [`${name}_grad`, float32([length / 2, 2], new Float32Array(length))]),
  );
  await executable.run(
    {
      output: float32(outputDims, [...output]),
      ...Object.fromEntries(
        further.map(([name, values]) => [name, float32([values.length / 2, 2], [...values])]),
      ),
      target: (spec.kind === 'class' || spec.kind === 'symbols' ? int32 : float32)(targetDims, [...target]),
    },
    { loss: sum, denominator, output_grad: gradient, ...gradients },
  );
  await executable.release();
  const divisor = denominator.data[0] as number;
  return {
    sum: sum.data[0] as number,
    divisor,
    mean: (sum.data[0] as number) / divisor,
    gradient: [gradient, ...Object.values(gradients)].flatMap(({ data }) =>
      Array.from(data as Float32Array, (value) => value / divisor),
    ),
  };
}

/** Some examples of a case. */
function rowsOf(row: Case, start: number, end = row.outputDims[0]!): Case {
  const examples = row.outputDims[0]!;
  const cut = (values: readonly number[]) =>
    values.slice((start * values.length) / examples, (end * values.length) / examples);
  const dims = (whole: readonly number[]) => [end - start, ...whole.slice(1)];
  const { latents } = row;
  return {
    ...row,
    ...{ output: cut(row.output), outputDims: dims(row.outputDims) },
    ...{ target: cut(row.target), targetDims: dims(row.targetDims) },
    ...(latents && { latents: { mean: cut(latents.mean), log_variance: cut(latents.log_variance) } }),
  };
}

describe("losses equal PyTorch's stored float64 values", () => {
  it.each(cases)('$name', async (row) => {
    const { mean, gradient } = row;
    const ours = await measure(row);
    expect(Math.abs(ours.mean - mean) / (Math.abs(mean) + 1e-6)).toBeLessThan(2e-6);
    expect(relativeError(ours.gradient, gradient, 1e-7)).toBeLessThan(1e-5);
  });

  it.each(cases.filter(({ outputDims }) => outputDims[0]! > 1))(
    'adds over pieces of a batch, or says that it does not: $name',
    async (row) => {
      const whole = await measure(row);
      const cut = Math.floor(row.outputDims[0]! / 2);
      const pieces = [await measure(rowsOf(row, 0, cut)), await measure(rowsOf(row, cut))];
      const sum = pieces.reduce((total, piece) => total + piece.sum, 0);
      const divisor = pieces.reduce((total, piece) => total + piece.divisor, 0);
      expect(divisor).toBeCloseTo(whole.divisor, 4);
      const difference = Math.abs(sum - whole.sum) / Math.abs(whole.sum);
      if (lossRegistry[row.job.kind].coupled) expect(difference).toBeGreaterThan(1e-3);
      else expect(difference).toBeLessThan(1e-5);
    },
  );

  it('covers every loss', () => {
    // Of two networks: test/unit/programs/gan.test.ts.
    const single = Object.keys(lossRegistry).filter((kind) => kind !== 'gan');
    expect(new Set(cases.map(({ job }) => job.kind))).toEqual(new Set(single));
  });
});

describe('losses at the edge', () => {
  it('counts nothing when every row is ignored', async () => {
    const job = { kind: 'cross-entropy', weights: undefined, labelSmoothing: 0.1, ignore: -1 } as const;
    const builder = new GraphBuilder();
    builder.input('output', 'float32', ['batch', 2]);
    appendSums(builder, ['output'], job, targetOf(job.kind, 2), { evaluate: false });
    const executable = await engine.compile({ model: builder.build() });
    const sum = float32([], [1]);
    const denominator = float32([], [1]);
    await executable.run(
      { output: float32([2, 2], [1, 2, 3, 4]), target: int32([2], [-1, -1]) },
      { loss: sum, denominator },
    );
    await executable.release();
    expect([Math.abs(sum.data[0] as number), denominator.data[0]]).toEqual([0, 0]);
  });

  it('refuses a loss that is for another target, and says which fit', () => {
    expect(() => checkLoss('cross-entropy', 'number')).toThrow(ModelBuildError);
    expect(() => checkLoss('cross-entropy', 'number')).toThrow(/use mse or mae or huber or poisson/);
  });

  it('refuses vectors where the target is one number', () => {
    const builder = new GraphBuilder();
    builder.input('output', 'float32', ['batch', 1]);
    const append = () =>
      appendSums(builder, ['output'], { kind: 'cosine' }, { kind: 'number' }, { evaluate: false });
    expect(append).toThrow(/the target is one number: name several columns in data\.target\.columns/);
  });

  it('finds what sample layers draw from, in training and in evaluation', () => {
    const dense = (units: number) => ({ type: 'dense', options: { units } });
    const layers = [dense(4), { type: 'sample', options: {} }, dense(3)];
    const spec = { shape: [3], normalize: { kind: 'none' } } as const;
    const model = buildModel({ kind: 'layers', layers }, spec, { kind: 'none' }, 1);
    const job = { kind: 'variational', reconstruction: 'mse', beta: 1 } as const;
    expect(latentsOf(model)).toHaveLength(1);
    for (const program of [
      trainingProgram(model, job, { kind: 'none' }),
      evaluationProgram(model, job, { kind: 'none' }),
    ]) {
      const values = program.model.graph.nodes.flatMap(({ outputs }) => outputs);
      expect(values.some((name) => name.startsWith('loss/divergence'))).toBe(true);
    }
    const plain = buildModel({ kind: 'layers', layers: [dense(3)] }, spec, { kind: 'none' }, 1);
    expect(() => trainingProgram(plain, job, { kind: 'none' })).toThrow(
      /put a `- sample` layer into the model/,
    );
  });

  it('refuses class weights of another number than classes', () => {
    const builder = new GraphBuilder();
    builder.input('output', 'float32', ['batch', 3]);
    const job = { kind: 'cross-entropy', weights: [1, 2], labelSmoothing: 0, ignore: undefined } as const;
    expect(() => appendSums(builder, ['output'], job, targetOf(job.kind, 3), { evaluate: false })).toThrow(
      /2 weights for 3 classes/,
    );
  });
});
