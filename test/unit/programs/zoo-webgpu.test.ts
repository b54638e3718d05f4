import { existsSync } from 'node:fs';
import * as ort from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { createOnnxRuntimeNode } from '../../../engines/onnxruntime-node.ts';
import { gradientModel } from '../../../shared/autodiff/gradient-model.ts';
import { buildModel } from '../../../shared/nn/model.ts';
import { GraphBuilder } from '../../../shared/onnx/builder.ts';
import type { Dim, Model } from '../../../shared/onnx/model.ts';
import { prune } from '../../../shared/onnx/prune.ts';
import { writeModel } from '../../../shared/onnx/write.ts';
import { LOSS } from '../../../shared/programs/program.ts';
import { trainingProgram } from '../../../shared/programs/train.ts';
import { lossOf, titled, type ZooModel } from '../../support/zoo.ts';

/** A Vulkan device in software, which Debian's chromium package brings. */
const SWIFTSHADER = '/usr/lib/chromium/vk_swiftshader_icd.json';
if (process.env['VK_DRIVER_FILES'] === undefined && existsSync(SWIFTSHADER)) {
  process.env['VK_DRIVER_FILES'] = SWIFTSHADER;
  process.env['VK_ICD_FILENAMES'] = SWIFTSHADER;
  process.env['XDG_RUNTIME_DIR'] ??= '/tmp';
}

/** What does not run on WebGPU from end to end, and why. */
const FALLS_BACK: Readonly<Record<string, string>> = {
  generator: 'one Transpose, which ONNX Runtime adds when it changes the layout around a ConvTranspose',
};

const device = await createOnnxRuntimeNode({ provider: 'webgpu', threads: 1 }).catch((cause: Error) => cause);

/**
 * A session of the training program that refuses to put a node on the CPU. Two things ONNX Runtime does there for any model,
 * and they are left out: sizes (the batch is given here, so they fold) and reading int64 as numbers, which is targets
 * and the argmax of the accuracy (an input instead).
 */
async function load(zoo: ZooModel): Promise<void> {
  const { name, options, features, target } = zoo;
  const model = buildModel({ kind: 'named', name, options }, features, target, 1);
  const program = trainingProgram(model, lossOf(zoo), target);
  const graph = gradientModel(program.model, LOSS, program.differentiate, 'webgpu');
  const session = await ort.InferenceSession.create(writeModel(fixed(withoutInt64(graph))), {
    executionProviders: ['webgpu'],
    logSeverityLevel: 4,
    extra: { session: { disable_cpu_ep_fallback: '1' } },
  });
  await session.release();
}

function fixed({ graph, ...rest }: Model): Model {
  const sized = <T extends { readonly dims: readonly Dim[] }>(value: T): T => ({
    ...value,
    dims: value.dims.map((dim) => (dim === 'batch' ? 8 : dim)),
  });
  const [inputs, outputs] = [graph.inputs.map(sized), graph.outputs.map(sized)];
  return { ...rest, graph: { ...graph, inputs, outputs } };
}

function withoutInt64(model: Model): Model {
  const types = GraphBuilder.from(model);
  const cut = model.graph.nodes.filter(({ op, inputs, outputs }) => {
    const [from, to] = [types.typeOf(inputs[0] || outputs[0]!), types.typeOf(outputs[0]!)];
    return op === 'Cast' && from.type === 'int64' && to.type !== 'int64' && from.dims.length > 0;
  });
  const inputs = cut.map(({ outputs }) => ({ name: outputs[0]!, ...types.typeOf(outputs[0]!) }));
  const nodes = model.graph.nodes.filter((node) => !cut.includes(node));
  const graph = { ...model.graph, nodes, inputs: [...model.graph.inputs, ...inputs] };
  return prune({ ...model, graph }, [...graph.outputs.map((output) => output.name)]);
}

if (device instanceof Error) {
  it('no device to run on', () => {
    console.info(`SKIPPED: the zoo on webgpu: ${device.message.split('\n')[0]}`);
    expect(device.name).toBe('EngineError');
  });
} else {
  await device.close();
  describe('a training program stays on WebGPU', () => {
    it.each(titled())('%s', async (title, zoo) => {
      const loaded = await load(zoo).then(
        () => true,
        (cause: Error) => cause.message,
      );
      if (title in FALLS_BACK) {
        console.info(`NOT ON WEBGPU: ${title}: ${FALLS_BACK[title]}`);
        expect(loaded).toContain('CPU');
      } else {
        expect(loaded).toBe(true);
      }
    });
  });
}
