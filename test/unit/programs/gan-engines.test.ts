import { afterAll, describe, expect, it } from 'vitest';
import { createEngine } from '../../../engines/create.ts';
import type { Engine } from '../../../engines/engine.ts';
import { createOnnxRuntimeNode } from '../../../engines/onnxruntime-node.ts';
import { gradientModel } from '../../../shared/autodiff/gradient-model.ts';
import type { GanLossJob } from '../../../shared/job/loss-job.ts';
import type { Phase } from '../../../shared/nn/gan/networks.ts';
import { buildModel } from '../../../shared/nn/model.ts';
import type { FeatureSpec } from '../../../shared/nn/specs.ts';
import { float32, type Tensor } from '../../../shared/onnx/tensor.ts';
import { layoutOf } from '../../../shared/parameters/layout-of.ts';
import { fillNoise } from '../../../shared/parameters/noise.ts';
import { ganTrainingProgram } from '../../../shared/programs/gan-train.ts';
import { withLossScale } from '../../../shared/programs/loss-scale.ts';
import { LOSS } from '../../../shared/programs/program.ts';
import { NON_SATURATING, PENALISED, SMALL_GAN } from '../../support/gan.ts';
import { runOnWebGpu } from '../autodiff/webgpu.ts';
import { initialValues, type Outcome, ProgramRunner, relativeError } from './program-runner.ts';

// A device in software takes its time to compile shaders.

const EXAMPLES = 4;
const features: FeatureSpec = { shape: [1, 8, 8], normalize: { kind: 'divide', by: 16 } };
const model = buildModel(SMALL_GAN, features, { kind: 'none' }, 3);
const layout = layoutOf(model);
const values = initialValues(model, layout);
const images = Float32Array.from({ length: EXAMPLES * 64 }, (_, at) => (at * 7) % 17);

const cpu = await createEngine('cpu', { threads: 1 });
const others = {
  wasm: await createEngine('wasm', { threads: 1 }),
  tfjs: await createEngine('tfjs', { threads: 1 }),
};
const device = await createOnnxRuntimeNode({ provider: 'webgpu', threads: 1 }).catch((cause: Error) => cause);
afterAll(async () => {
  for (const engine of [cpu, ...Object.values(others)]) await engine.close();
  if (!(device instanceof Error)) await device.close();
});

const STEPS: readonly (readonly [Phase, GanLossJob['objective'], GanLossJob])[] = [
  ['discriminator', 'non-saturating', NON_SATURATING],
  ['discriminator', 'wasserstein', PENALISED],
  ['generator', 'non-saturating', NON_SATURATING],
];

function stepOf(phase: Phase, loss: GanLossJob) {
  const program = ganTrainingProgram(model, loss, phase);
  const noise = Object.fromEntries(
    program.noise.map(({ name, dims, place }) => {
      const numbers = new Float32Array(EXAMPLES * dims.reduce((product, dim) => product * dim, 1));
      fillNoise(numbers, { seed: 5, epoch: 0, examples: [0, 1, 2, 3], place });
      return [name, numbers] as const;
    }),
  );
  return { program, noise };
}

async function run(engine: Engine, phase: Phase, loss: GanLossJob): Promise<Outcome> {
  const { program, noise } = stepOf(phase, loss);
  const runner = await ProgramRunner.compile(engine, program, layout);
  const outcome = await runner.run(values, { features: images, noise });
  await runner.release();
  return outcome;
}

describe.each(STEPS)('a step of the %s, %s', (phase, _, loss) => {
  it.each(['wasm', 'tfjs'] as const)('is the same on %s as on the CPU provider', async (name) => {
    const [ours, theirs] = [await run(cpu, phase, loss), await run(others[name], phase, loss)];
    expect(Object.keys(theirs.sums)).toEqual(Object.keys(ours.sums));
    for (const [sum, value] of Object.entries(ours.sums)) {
      expect(Math.abs(theirs.sums[sum]! - value) / (Math.abs(value) + 1e-6)).toBeLessThan(1e-4);
    }
    expect(Math.hypot(...ours.update)).toBeGreaterThan(0.1);
    expect(relativeError(theirs.update, ours.update)).toBeLessThan(1e-4);
  });

  it('is the same in mixed precision, second derivatives too, as far as float16 goes', async () => {
    const { program, noise } = stepOf(phase, loss);
    const scaled = withLossScale(program);
    const runner = await ProgramRunner.compile(cpu, scaled, layout, { precision: 'mixed' });
    const { update } = await runner.run(values, { features: images, noise }, 256);
    await runner.release();
    const ours = await run(cpu, phase, loss);
    // Measured: 6e-4 to 9e-4.
    const gradient = update.map((value) => value / 256);
    expect(relativeError(gradient, ours.update)).toBeLessThan(5e-3);
    expect(gradient).not.toEqual(ours.update);
  });

  it('runs on WebGPU without a node on the CPU, to the same gradients', async () => {
    if (device instanceof Error) {
      console.info(`SKIPPED: GANs on webgpu: ${device.message.split('\n')[0]}`);
      expect(device.name).toBe('EngineError');
      return;
    }
    const { program, noise } = stepOf(phase, loss);
    const feeds: Record<string, Tensor> = { features: float32([EXAMPLES, 1, 8, 8], images) };
    for (const { name, dims } of program.noise) feeds[name] = float32([EXAMPLES, ...dims], noise[name]!);
    for (const { name, dims, offset, length } of layout.entries) {
      feeds[name] = float32(dims, values.subarray(offset, offset + length));
    }
    const gradients = gradientModel(program.model, LOSS, program.differentiate, 'webgpu');
    const results = await runOnWebGpu(gradients, feeds);
    const ours = await run(cpu, phase, loss);
    for (const name of program.differentiate) {
      const { offset, length } = layout.entries.find((entry) => entry.name === name)!;
      const expected = ours.update.subarray(offset, offset + length);
      const actual = results[`${name}_grad`]!.data as Float32Array;
      expect(relativeError(actual, expected, 1e-6), name).toBeLessThan(1e-3);
    }
  });
});
