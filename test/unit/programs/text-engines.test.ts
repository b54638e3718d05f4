import { expect, it } from 'vitest';
import { type Engine, gradientName } from '../../../engines/engine.ts';
import { createOnnxRuntimeNode } from '../../../engines/onnxruntime-node.ts';
import { createOnnxRuntimeWeb } from '../../../engines/onnxruntime-web.ts';
import { createTfjs } from '../../../engines/tfjs/tfjs.ts';
import { buildModel, type FeatureSpec, type TargetSpec } from '../../../shared/nn/model.ts';
import { float32, int32, sizeOf, type Tensor } from '../../../shared/onnx/tensor.ts';
import { layoutOf } from '../../../shared/parameters/layout-of.ts';
import { createRandom } from '../../../shared/parameters/random.ts';
import { trainingProgram } from '../../../shared/programs/train.ts';
import { initialValues, relativeError } from './program-runner.ts';

/** More than are compared with one-hot rows. */
const VOCABULARY = 70;
const TIME = 6;
const features: FeatureSpec = { shape: [TIME], type: 'int32', normalize: { kind: 'none' } };
const target: TargetSpec = {
  kind: 'class',
  classes: Array.from({ length: VOCABULARY }, String),
  dims: [TIME],
};
const model = buildModel(
  {
    kind: 'named',
    name: 'gpt',
    options: { layers: 1, heads: 2, size: 8, positions: 'rotary', vocabulary: VOCABULARY },
  },
  features,
  target,
  1,
);
const layout = layoutOf(model);
const values = initialValues(model, layout);

/** Loss and gradients of a GPT on two windows of tokens. */
async function step(engine: Engine): Promise<{ loss: number; gradient: Float32Array }> {
  const program = trainingProgram(
    model,
    { kind: 'cross-entropy', weights: undefined, labelSmoothing: 0, ignore: undefined },
    target,
  );
  const executable = await engine.compile({
    model: program.model,
    gradients: { of: 'loss', withRespectTo: program.differentiate },
  });
  const random = createRandom(2);
  const tokens = () => Array.from({ length: 2 * TIME }, () => Math.floor(random.next() * VOCABULARY));
  const feeds: Record<string, Tensor> = {
    features: { type: 'int32', dims: [2, TIME], data: Int32Array.from(tokens()) },
    target: int32([2, TIME], tokens()),
  };
  const gradient = new Float32Array(layout.length);
  const results: Record<string, Tensor> = { loss: float32([], [0]) };
  for (const { name, dims, offset, length } of layout.entries) {
    feeds[name] = float32(dims, values.subarray(offset, offset + length));
    results[gradientName(name)] = float32(dims, gradient.subarray(offset, offset + sizeOf(dims)));
  }
  await executable.run(feeds, results);
  await executable.release();
  await engine.close();
  return { loss: (results['loss']!.data as Float32Array)[0]!, gradient };
}

it.each([
  ['onnxruntime-web', () => createOnnxRuntimeWeb({ threads: 1 })],
  ['tfjs', () => createTfjs({})],
])('a step on tokens is the same on %s as on onnxruntime-node', async (_, create) => {
  const expected = await step(await createOnnxRuntimeNode({ threads: 1 }));
  const ours = await step(await create());
  expect(Math.abs(ours.loss - expected.loss) / expected.loss).toBeLessThan(1e-5);
  expect(relativeError(ours.gradient, expected.gradient)).toBeLessThan(1e-4);
});
