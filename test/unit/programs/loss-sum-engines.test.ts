import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import * as ort from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { prepare } from '../../../coordinator/run/prepare.ts';
import type { Engine } from '../../../engines/engine.ts';
import { createOnnxRuntimeNode } from '../../../engines/onnxruntime-node.ts';
import { createOnnxRuntimeWeb } from '../../../engines/onnxruntime-web.ts';
import { gradientModel } from '../../../shared/autodiff/gradient-model.ts';
import { portableModel } from '../../../shared/autodiff/prepare.ts';
import { targetCount } from '../../../shared/data/dataset.ts';
import { RowReader } from '../../../shared/data/row-reader.ts';
import { parseJob } from '../../../shared/job/parse.ts';
import type { Model } from '../../../shared/onnx/model.ts';
import { writeModel } from '../../../shared/onnx/write.ts';
import { evaluationProgram } from '../../../shared/programs/evaluate.ts';
import { LOSS, type Program } from '../../../shared/programs/program.ts';
import { trainingProgram } from '../../../shared/programs/train.ts';
import { useSoftwareGpu } from '../../support/software-gpu.ts';
import { initialValues, ProgramRunner } from './program-runner.ts';

useSoftwareGpu();

const STEPS = 4;
/** A device in software takes its time to compile shaders. */
const LONGEST_MS = 300_000;

const device = await createOnnxRuntimeNode({ provider: 'webgpu', threads: 1 }).catch((cause: Error) => cause);

/** The example's own job, model and first rows. */
async function parity() {
  const file = resolve('examples/digits-parity/job.yaml');
  const job = parseJob(readFileSync(file, 'utf8'), file);
  const scratch = mkdtempSync(join(tmpdir(), 'tributary-parity-'));
  try {
    const { description } = await prepare(job, file, scratch);
    const { manifest, model, layout, recipe, data } = description;
    const reader = new RowReader(manifest, (index) => data.readBlock(index));
    const rows = Uint32Array.from({ length: job.batch }, (_, row) => row);
    const features = new Float32Array(rows.length * manifest.features.count);
    const target = new Float32Array(rows.length * targetCount(manifest.target));
    reader.gather(rows, features, target);
    data.close();
    return {
      training: trainingProgram(model, recipe.loss, recipe.target),
      evaluation: evaluationProgram(model, recipe.loss, recipe.target, recipe.metrics),
      ...{ model, layout, batch: { features, target: [...target] } },
    };
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

type Parity = Awaited<ReturnType<typeof parity>>;

/** The loss and that of each output at every step of gradient descent, and the sums of an evaluation after it. */
async function trained(engine: Engine, { training, evaluation, model, layout, batch }: Parity) {
  const step = await ProgramRunner.compile(engine, training, layout);
  const values = initialValues(model, layout);
  const losses: number[][] = [];
  for (let done = 0; done < STEPS; done++) {
    const { sums, update } = await step.run(values, batch);
    const count = sums['denominator']!;
    losses.push([LOSS, 'digit.loss', 'even.loss'].map((name) => sums[name]! / count));
    for (let at = 0; at < values.length; at++) values[at]! -= (0.2 * update[at]!) / count;
  }
  await step.release();
  const measure = await ProgramRunner.compile(engine, evaluation, layout);
  const { sums, extras } = await measure.run(values, batch);
  await measure.release();
  return { losses, sums, extras };
}

async function expectSame(engine: Engine, it: Parity, cpu: Awaited<ReturnType<typeof trained>>) {
  const { losses, sums, extras } = await trained(engine, it);
  losses.forEach((step, at) => {
    step.forEach((loss, output) => {
      expect(loss / cpu.losses[at]![output]!, `step ${at}, loss ${output}`).toBeCloseTo(1, 3);
    });
    expect(step[0]).toBeCloseTo(step[1]! + 0.3 * step[2]!, 4);
  });
  expect(losses.at(-1)![0]).toBeLessThan(losses[0]![0]!);
  for (const name of ['digit.loss', 'even.loss']) expect(sums[name]! / cpu.sums[name]!).toBeCloseTo(1, 3);
  // Counts of rows are whole numbers: a row on the border may fall either way, two may not.
  for (const name of ['digit.correct', 'even.correct'])
    expect(Math.abs(sums[name]! - cpu.sums[name]!)).toBeLessThanOrEqual(1);
  for (const name of ['digit.confusion', 'even.confusion']) {
    const count = extras[name]!.reduce((total, cell) => total + cell, 0);
    expect(count).toBe(it.batch.target.length / 2);
  }
}

let example: Parity;
let expected: Awaited<ReturnType<typeof trained>>;
beforeAll(async () => {
  example = await parity();
  const cpu = await createOnnxRuntimeNode({ threads: 1 });
  expected = await trained(cpu, example);
  await cpu.close();
}, LONGEST_MS);
afterAll(async () => {
  if (!(device instanceof Error)) await device.close();
});

describe('the sum of two losses of examples/digits-parity', () => {
  it(
    'goes on wasm as on the cpu',
    async () => {
      const wasm = await createOnnxRuntimeWeb({ threads: 1 });
      await expectSame(wasm, example, expected);
      await wasm.close();
    },
    LONGEST_MS,
  );

  if (device instanceof Error) {
    it('has no WebGPU device to run on', () => {
      console.info(`SKIPPED: a sum of losses on webgpu: ${device.message.split('\n')[0]}`);
      expect(device.name).toBe('EngineError');
    });
    return;
  }

  it(
    'goes on WebGPU as on the cpu',
    async () => {
      await expectSame(device, example, expected);
    },
    LONGEST_MS,
  );

  it(
    'stays on WebGPU, training and evaluation',
    async () => {
      const { training, evaluation } = example;
      const train = ({ model, differentiate }: Program): Model =>
        gradientModel(model, LOSS, differentiate, 'webgpu');
      for (const model of [train(training), portableModel(evaluation.model, 'webgpu')]) {
        const session = await ort.InferenceSession.create(writeModel(model), {
          executionProviders: ['webgpu'],
          logSeverityLevel: 4,
          extra: { session: { disable_cpu_ep_fallback: '1' } },
        });
        await session.release();
      }
    },
    LONGEST_MS,
  );
});
