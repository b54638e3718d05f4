import * as ort from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../../engines/engine.ts';
import { createOnnxRuntimeNode } from '../../../engines/onnxruntime-node.ts';
import { gradientModel } from '../../../shared/autodiff/gradient-model.ts';
import { portableModel } from '../../../shared/autodiff/prepare.ts';
import { buildModel } from '../../../shared/nn/model.ts';
import type { Model } from '../../../shared/onnx/model.ts';
import { writeModel } from '../../../shared/onnx/write.ts';
import { evaluationProgram } from '../../../shared/programs/evaluate.ts';
import { LOSS } from '../../../shared/programs/program.ts';
import { trainingProgram } from '../../../shared/programs/train.ts';
import { useSoftwareGpu } from '../../support/software-gpu.ts';
import { lossOf, titled, type ZooModel } from '../../support/zoo.ts';
import { train } from './train-zoo.ts';

useSoftwareGpu();

/**
 * Run there for some steps: one of each family, on a device in software, which takes its time to compile shaders. All of them with
 * TRIBUTARY_ZOO=all.
 */
const TRAINED = ['mlp', 'cnn', 'lenet', 'resnet', 'unet', 'lstm', 'gpt', 'wide-and-deep', 'generator'];
const all = process.env['TRIBUTARY_ZOO'] === 'all';
const LONGEST_MS = 300_000;

const device = await createOnnxRuntimeNode({ provider: 'webgpu', threads: 1 }).catch((cause: Error) => cause);

/** The programs that an engine runs, as they are: a batch of any size, targets as they are stored. */
function programsOf(zoo: ZooModel): Record<'training' | 'mixed' | 'evaluation', Model> {
  const { name, options, features, target } = zoo;
  const model = buildModel({ kind: 'named', name, options }, features, target, 1);
  const program = trainingProgram(model, lossOf(zoo), target);
  const evaluation = evaluationProgram(model, lossOf(zoo), target);
  return {
    training: gradientModel(program.model, LOSS, program.differentiate, 'webgpu'),
    mixed: gradientModel(program.model, LOSS, program.differentiate, 'webgpu', { precision: 'mixed' }),
    evaluation: portableModel(evaluation.model, 'webgpu'),
  };
}

/** True when a session that refuses to put a node on the CPU is made, else why not. */
async function loads(model: Model): Promise<true | string> {
  try {
    const session = await ort.InferenceSession.create(writeModel(model), {
      executionProviders: ['webgpu'],
      logSeverityLevel: 4,
      extra: { session: { disable_cpu_ep_fallback: '1' } },
    });
    await session.release();
    return true;
  } catch (cause) {
    return (cause as Error).message;
  }
}

if (device instanceof Error) {
  it('no device to run on', () => {
    console.info(`SKIPPED: the zoo on webgpu: ${device.message.split('\n')[0]}`);
    expect(device.name).toBe('EngineError');
  });
} else {
  let cpu: Engine;
  beforeAll(async () => {
    cpu = await createOnnxRuntimeNode({ threads: 1 });
  });
  afterAll(async () => {
    await cpu.close();
    await device.close();
  });

  describe('programs stay on WebGPU', () => {
    it.each(titled())('%s', async (_, zoo) => {
      const { training, mixed, evaluation } = programsOf(zoo);
      // In float16 there are kernels for all of it, whether or not this device has the feature that they need.
      for (const program of [evaluation, training, mixed]) expect(await loads(program)).toBe(true);
    });
  });

  describe('training on WebGPU goes as on the cpu', () => {
    if (!all) {
      const rest = titled().filter(([title]) => !TRAINED.includes(title)).length;
      it(`${rest} more models`, ({ skip }) => {
        console.info(`SKIPPED: training ${rest} more models on webgpu takes minutes: set TRIBUTARY_ZOO=all`);
        skip();
      });
    }
    it.each(titled().filter(([title]) => all || TRAINED.includes(title)))(
      '%s',
      async (_, zoo) => {
        const expected = await train(cpu, zoo, 3);
        const losses = await train(device, zoo, 3);
        losses.forEach((loss, step) => {
          expect(loss / expected[step]!).toBeCloseTo(1, 3);
        });
        expect(losses.at(-1)!).toBeLessThan(losses[0]!);
      },
      LONGEST_MS,
    );
  });
}
