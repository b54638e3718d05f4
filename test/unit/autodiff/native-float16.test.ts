import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../../engines/engine.ts';
import { createOnnxRuntimeNode } from '../../../engines/onnxruntime-node.ts';
import { gradientModel } from '../../../shared/autodiff/gradient-model.ts';
import { FOLLOWERS, PRODUCTS } from '../../../shared/autodiff/mixed-precision/operators.ts';
import { GraphBuilder } from '../../../shared/onnx/builder.ts';
import type { Model } from '../../../shared/onnx/model.ts';
import { float32, sizeOf } from '../../../shared/onnx/tensor.ts';
import { withLossScale } from '../../../shared/programs/loss-scale.ts';
import { LOSS } from '../../../shared/programs/program.ts';
import { float16Gpu } from '../../support/software-gpu.ts';
import { titled } from '../../support/zoo.ts';
import { images, layout, STEPS, stepOf, values } from '../programs/gan-step.ts';
import { ProgramRunner, relativeError } from '../programs/program-runner.ts';
import { NOT_PORTABLE } from './not-portable.ts';
import { distance, numbersOf, runOnce } from './run.ts';
import { allFeedsOf, modelOf, nameOf, type Spec, wantedOf } from './spec.ts';
import { SPECS } from './specs.ts';
import { runOnWebGpu } from './webgpu.ts';
import { both, NORMALISED } from './zoo-gradients.ts';

/** Few, for a device in software takes its time to compile shaders; more with TRIBUTARY_ZOO=all, TRIBUTARY_PORTABLE=all. */
const CHOSEN = ['mlp', 'gpt'];
const SHORT = new Set([...PRODUCTS, 'Gelu', 'MaxPool', 'Where']);
const allModels = process.env['TRIBUTARY_ZOO'] === 'all';
const zoo = titled().filter(([title]) => allModels || CHOSEN.includes(title));
const specs = SPECS.filter(
  (spec) =>
    (PRODUCTS.has(spec.op) || FOLLOWERS.has(spec.op)) &&
    spec.check !== 'zero' &&
    NOT_PORTABLE[nameOf(spec)] === undefined,
);
const allSpecs = process.env['TRIBUTARY_PORTABLE'] === 'all';
const isFirst = (spec: Spec) => specs.find(({ op }) => op === spec.op) === spec;
const chosen = specs.filter((spec) => allSpecs || (isFirst(spec) && SHORT.has(spec.op)));
const steps = STEPS.filter(([, objective]) => allModels || objective === 'wasserstein');

const device = await float16Gpu();

if (typeof device === 'string') {
  it('there is no device with float16', () => {
    console.info(`SKIPPED: mixed precision in float16 of a device’s own: ${device}`);
    expect(device).not.toBe('');
  });
} else {
  const left = [
    `${specs.length - chosen.length} operators in other uses`,
    `${titled().length - zoo.length} models`,
  ];
  if (!allModels || !allSpecs)
    console.info(
      `SKIPPED: float16 of ${left.join(' and ')}, which takes minutes: set TRIBUTARY_PORTABLE=all and TRIBUTARY_ZOO=all`,
    );
  let cpu: Engine;
  beforeAll(async () => {
    cpu = await createOnnxRuntimeNode({ threads: 1 });
  });
  afterAll(async () => {
    await cpu.close();
    await device.close();
  });

  describe('in float16 of the device’s own, without a node on the cpu', () => {
    it.each(chosen.map((spec) => [nameOf(spec), spec] as const))('%s and its gradient', async (_, spec) => {
      const wanted = wantedOf(spec);
      const feeds = allFeedsOf(spec);
      const expected = await runOnce(gradientModel(modelOf(spec), 'loss', wanted), feeds);
      const actual = await runOnWebGpu(gradientModel(inFloat16(spec), 'loss', wanted, 'webgpu'), feeds);
      for (const name of wanted) {
        const result = numbersOf(actual[`${name}_grad`]);
        const { error, size } = distance(result, numbersOf(expected[`${name}_grad`]));
        expect(error).toBeLessThan(2e-3 * size + 1e-3);
      }
    });

    it.each(zoo)('gradients of %s are those of float32, as far as float16 goes', async (title, model) => {
      const { exact, mixed } = await both(model, device, 16, { exactOn: cpu });
      const error = relativeError(mixed.gradient, exact.gradient);
      expect(error).toBeLessThan(NORMALISED.has(title) ? 1e-1 : 3e-3);
      expect(error).toBeGreaterThan(1e-5);
      expect(relativeError([mixed.sums[LOSS]!], [exact.sums[LOSS]!])).toBeLessThan(1e-3);
    });

    it.each(steps)('a step of the %s, %s, second derivatives too', async (phase, _, loss) => {
      const { program, noise } = stepOf(phase, loss);
      const gradientIn = async (engine: Engine, precision: 'float32' | 'mixed', by: number) => {
        const runner = await ProgramRunner.compile(engine, withLossScale(program), layout, { precision });
        const { update } = await runner.run(values, { features: images, noise }, by);
        await runner.release();
        return update.map((value) => value / by);
      };
      const mixed = await gradientIn(device, 'mixed', 256);
      expect(relativeError(mixed, await gradientIn(cpu, 'float32', 1))).toBeLessThan(5e-3);
    });
  });

  describe('a sum of 4096 ones is 4096, not 2048 where float16 ends to count', () => {
    const ones = (...dims: number[]) => float32(dims, new Float32Array(sizeOf(dims)).fill(1));
    it.each([
      ['MatMul', [4096, 2], [2, 3]],
      ['Conv', [1, 2, 64, 64], [3, 2, 1, 1]],
    ] as const)('of the gradient of %s', async (op, x, w) => {
      const builder = new GraphBuilder();
      builder.input('x', 'float32', ['batch', ...x.slice(1)]);
      builder.input('w', 'float32', w);
      builder.op(op, ['x', 'w'], {}, 'y');
      builder.output(builder.op('ReduceSum', ['y'], { keepdims: 0 }), 'loss');
      const gradients = { of: 'loss', withRespectTo: ['w'], precision: 'mixed' } as const;
      const executable = await device.compile({ model: builder.build(), gradients });
      const gradient = float32(w, new Float32Array(sizeOf(w)));
      await executable.run({ x: ones(...x), w: ones(...w) }, { w_grad: gradient });
      await executable.release();
      expect(new Set(numbersOf(gradient))).toEqual(new Set([4096]));
    });

    it('of a product', async () => {
      const builder = new GraphBuilder();
      const w = builder.input('w', 'float32', [4096, 1]);
      builder.op('MatMul', [builder.input('x', 'float32', [1, 4096]), w], {}, 'y');
      builder.output(builder.op('ReduceSum', ['y'], { keepdims: 0 }), 'loss');
      const gradients = { of: 'loss', withRespectTo: ['w'], precision: 'mixed' } as const;
      const executable = await device.compile({ model: builder.build(), gradients });
      const loss = float32([], [0]);
      await executable.run({ x: ones(1, 4096), w: ones(4096, 1) }, { loss });
      await executable.release();
      expect(numbersOf(loss)).toEqual([4096]);
    });
  });
}

/** A spec's model with its operator between casts. */
function inFloat16(spec: Spec): Model {
  const model = modelOf(spec);
  const { graph } = model;
  const builder = GraphBuilder.from({ ...model, graph: { ...graph, nodes: [], outputs: [] } });
  builder.reserve(graph.nodes.flatMap(({ outputs }) => outputs));
  const cast = (value: string, to: 'float16' | 'float32', output: string) =>
    builder.node('Cast', [value], { to }, { outputs: [output], name: `${output}/Cast` });
  for (const { op, inputs, attributes, outputs, name, domain } of graph.nodes) {
    if (op !== spec.op) {
      builder.node(op, inputs, attributes, { outputs, name, domain });
      continue;
    }
    const halves = inputs.map((input) => {
      if (input === '' || builder.typeOf(input).type !== 'float32') return input;
      return builder.op('Cast', [input], { to: 'float16' });
    });
    const results = outputs.map((output) => (output === '' ? '' : builder.unique(`${output}/half`)));
    builder.node(op, halves, attributes, { outputs: results, name, domain });
    outputs.forEach((output, at) => {
      if (output !== '') cast(results[at]!, 'float32', output);
    });
  }
  for (const { name } of graph.outputs) builder.output(name);
  return builder.build({ name: graph.name });
}
