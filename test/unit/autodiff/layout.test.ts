import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { gradientModel } from '../../../shared/autodiff/gradient-model.ts';
import { finishedForWebGpu } from '../../../shared/autodiff/portable/finish.ts';
import type { LayerJob } from '../../../shared/job/job.ts';
import { buildModel } from '../../../shared/nn/model.ts';
import { GraphBuilder } from '../../../shared/onnx/builder.ts';
import type { Model } from '../../../shared/onnx/model.ts';
import { float32, sizeOf } from '../../../shared/onnx/tensor.ts';
import { createRandom } from '../../../shared/parameters/random.ts';
import { LOSS } from '../../../shared/programs/program.ts';
import { trainingProgram } from '../../../shared/programs/train.ts';
import { numbersOf, runOnce } from './run.ts';
import { loadOnWebGpu, noDevice, runOnWebGpu } from './webgpu.ts';

/** Those whose gradients choose, and one whose does not. */
const ACTIVATIONS = [
  ...['relu', 'relu6', 'leaky-relu', 'prelu', 'elu', 'celu', 'selu'],
  ...['hard-swish', 'hard-sigmoid', 'softsign', 'gelu'],
];

const NETWORKS: Readonly<Record<string, (activation: string) => string>> = {
  'a convolution': (a) =>
    `[{dense: 32}, {reshape: [2, 4, 4]}, ${a}, {conv: {filters: 4, kernel: 3, padding: same}}, ${a}, flatten, {dense: 4}]`,
  'a transposed convolution': (a) =>
    `[{dense: 32}, {reshape: [2, 4, 4]}, batch-norm, ${a}, {conv-transpose: {filters: 4, kernel: 2, stride: 2}}, ${a}, flatten, {dense: 4}]`,
  'a residual block': (a) =>
    `[{dense: 32}, {reshape: [2, 4, 4]}, {residual: {layers: [${a}, {conv: {filters: 2, kernel: 3, padding: same}}]}}, ${a}, flatten, {dense: 4}]`,
};

function trainingOf(layers: string, target: 'cpu' | 'webgpu'): Model {
  const classes = { kind: 'class', classes: ['a', 'b', 'c', 'd'] } as const;
  const model = buildModel(
    { kind: 'layers', layers: parse(layers) as LayerJob[] },
    { shape: [4], normalize: { kind: 'none' } },
    classes,
    1,
  );
  const loss = { kind: 'cross-entropy', weights: undefined, labelSmoothing: 0, ignore: undefined } as const;
  const program = trainingProgram(model, loss, classes);
  return gradientModel(program.model, LOSS, program.differentiate, target);
}

/** As many examples as a batch has; weights as they come. */
function feedsOf({ graph }: Model) {
  const random = createRandom(4);
  return Object.fromEntries(
    graph.inputs.map(({ name, type, dims }) => {
      const sizes = dims.map((dim) => (typeof dim === 'number' ? dim : 3));
      const values = Array.from({ length: sizeOf(sizes) }, () => random.next() - 0.5);
      return [
        name,
        type === 'int32'
          ? ({
              type,
              dims: sizes,
              data: Int32Array.from(values, (value) => Math.floor(4 * (value + 0.5))),
            } as const)
          : float32(sizes, values),
      ];
    }),
  );
}

/** Of the shaders of one program on a device in software. */
const LONGEST_MS = 120_000;

type Results = Awaited<ReturnType<typeof runOnce>>;

const reason = await noDevice();
if (reason !== undefined) console.info(`SKIPPED: the layout of truth values on webgpu: ${reason}`);

describe.each(Object.entries(NETWORKS))('no truth value leaves WebGPU before %s', (_, layersWith) => {
  it.each(ACTIVATIONS)(
    '%s',
    async (activation) => {
      const layers = layersWith(activation);
      const portable = trainingOf(layers, 'webgpu');
      const feeds = feedsOf(portable);
      const expected = await runOnce(trainingOf(layers, 'cpu'), feeds);
      agree(await runOnce(portable, feeds), expected);
      if (reason !== undefined) return;
      await loadOnWebGpu(portable);
      if (activation === 'relu') agree(await runOnWebGpu(portable, feeds), expected);
    },
    LONGEST_MS,
  );
});

function agree(actual: Results, expected: Results): void {
  for (const [name, tensor] of Object.entries(expected)) {
    const wanted = [...numbersOf(tensor)];
    [...numbersOf(actual[name])].forEach((value, at) => {
      expect(Math.abs(value - wanted[at]!), name).toBeLessThan(1e-4);
    });
    expect(wanted.length).toBeGreaterThan(0);
  }
}

/** y chosen by the sign of x, from a convolution of x; by that of the convolution itself. */
function chosen(by: 'x' | 'convolution'): Model {
  const builder = new GraphBuilder();
  const x = builder.input('x', 'float32', ['batch', 2, 4, 4]);
  const weight = builder.input('weight', 'float32', [2, 2, 1, 1]);
  const made = builder.op('Abs', [builder.op('Conv', [x, weight])]);
  const truth = builder.op('Greater', [by === 'x' ? x : made, builder.scalar(0)]);
  builder.output(builder.op('Where', [truth, made, builder.scalar(0)]), 'y');
  return builder.build();
}

it('what is chosen by a convolution keeps the layout of convolutions', () => {
  const reshapes = (model: Model) =>
    finishedForWebGpu(model).graph.nodes.filter(({ op }) => op === 'Reshape').length;
  expect(reshapes(chosen('x'))).toBe(1);
  expect(reshapes(chosen('convolution'))).toBe(0);
});
