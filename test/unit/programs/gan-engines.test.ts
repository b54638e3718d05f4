import { afterAll, describe, expect, it } from 'vitest';
import { createEngine } from '../../../engines/create.ts';
import type { Engine } from '../../../engines/engine.ts';
import { createOnnxRuntimeNode } from '../../../engines/onnxruntime-node.ts';
import { gradientModel } from '../../../shared/autodiff/gradient-model.ts';
import type { GanLossJob } from '../../../shared/job/loss-job.ts';
import type { Phase } from '../../../shared/nn/gan/networks.ts';
import { float32, type Tensor } from '../../../shared/onnx/tensor.ts';
import { withLossScale } from '../../../shared/programs/loss-scale.ts';
import { LOSS } from '../../../shared/programs/program.ts';
import { useSoftwareGpu } from '../../support/software-gpu.ts';
import { runOnWebGpu } from '../autodiff/webgpu.ts';
import { EXAMPLES, images, layout, STEPS, stepOf, values } from './gan-step.ts';
import { type Outcome, ProgramRunner, relativeError } from './program-runner.ts';

// A device in software takes its time to compile shaders.

const cpu = await createEngine('cpu', { threads: 1 });
const others = {
  wasm: await createEngine('wasm', { threads: 1 }),
  tfjs: await createEngine('tfjs', { threads: 1 }),
};
useSoftwareGpu();
const device = await createOnnxRuntimeNode({ provider: 'webgpu', threads: 1 }).catch((cause: Error) => cause);
afterAll(async () => {
  for (const engine of [cpu, ...Object.values(others)]) await engine.close();
  if (!(device instanceof Error)) await device.close();
});

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
