import { afterAll, beforeAll, expect, it } from 'vitest';
import { CachedSteps } from '../../../coordinator/export/cached-steps.ts';
import type { Engine } from '../../../engines/engine.ts';
import { createOnnxRuntimeNode } from '../../../engines/onnxruntime-node.ts';
import type { ModelJob } from '../../../shared/job/job.ts';
import { buildModel, type FeatureSpec, type TargetSpec } from '../../../shared/nn/model.ts';
import { readModel } from '../../../shared/onnx/read.ts';
import { float32 } from '../../../shared/onnx/tensor.ts';
import { writeModel } from '../../../shared/onnx/write.ts';
import { layoutOf } from '../../../shared/parameters/layout-of.ts';
import { createRandom } from '../../../shared/parameters/random.ts';
import { exportModel } from '../../../shared/programs/export.ts';
import { GenerationError, generationModel } from '../../../shared/programs/generate.ts';

const VOCABULARY = 11;

let engine: Engine;
beforeAll(async () => {
  engine = await createOnnxRuntimeNode({ threads: 1 });
});
afterAll(() => engine.close());

const features = (length: number): FeatureSpec => ({
  shape: [length],
  type: 'int32',
  vocabulary: VOCABULARY,
  normalize: { kind: 'none' },
});
const target = (length: number): TargetSpec => ({
  kind: 'class',
  classes: Array.from({ length: VOCABULARY }, String),
  dims: [length],
});

/** The model with random weights, of `time` tokens and of one. */
function models(job: ModelJob, time: number) {
  const model = buildModel(job, features(time), target(time), 5);
  const layout = layoutOf(model);
  const random = createRandom(9);
  const values = Float32Array.from({ length: layout.length }, () => random.next() - 0.5);
  const whole = exportModel(model, layout, values, {
    target: target(time),
    run: 'test',
    round: 1,
    version: '1',
    metrics: {},
    producerVersion: '0',
  });
  return { whole, single: buildModel(job, features(1), target(1), 5) };
}

const gpt = (options: Record<string, unknown>): ModelJob => ({
  kind: 'named',
  name: 'gpt',
  options: { layers: 2, heads: 4, size: 16, ...options },
});

it.each([
  ['learned positions', gpt({})],
  ['sines and cosines, untied', gpt({ positions: 'sinusoidal', tied: false })],
  ['rotary positions', gpt({ positions: 'rotary', norm: 'rms', activation: 'swiglu', bias: false })],
  ['shared keys and values, dropout', gpt({ positions: 'rotary', 'kv-heads': 2, dropout: 0.1 })],
  // The number of tokens is that of features per head, of heads and of the whole: no axis may be mistaken for another.
  ['sizes that are equal', gpt({ positions: 'rotary', size: 16, heads: 4 }), 16],
  ['sizes that are equal, learned', gpt({ size: 16, heads: 4 }), 4],
])('token by token, the logits are those of the whole graph: %s', async (_, job, time = 7) => {
  const { whole, single } = models(job, time);
  const random = createRandom(4);
  const tokens = Int32Array.from({ length: time }, () => Math.floor(random.next() * VOCABULARY));
  const expected = new Float32Array(time * VOCABULARY);
  const executable = await engine.compile({ model: whole });
  await executable.run(
    { features: { type: 'int32', dims: [1, time], data: tokens } },
    { logits: float32([1, time, VOCABULARY], expected) },
  );
  await executable.release();
  // Through a file, as it is used.
  const steps = await CachedSteps.load(engine, readModel(writeModel(generationModel(whole, single))));
  expect(steps.context).toBe(time);
  for (let pass = 0; pass < 2; pass++) {
    for (const [at, token] of tokens.entries()) {
      const logits = await steps.step(token);
      logits.forEach((value, index) => {
        expect(Math.abs(value - expected[at * VOCABULARY + index]!)).toBeLessThan(1e-4);
      });
    }
    await expect(steps.step(0)).rejects.toThrow(/looks back on/);
    steps.reset();
  }
  await steps.release();
});

it('refuses a model without attention', () => {
  const layers = [
    { type: 'embedding', options: { size: 4, vocabulary: VOCABULARY } },
    { type: 'dense', options: { units: VOCABULARY } },
  ];
  const { whole, single } = models({ kind: 'layers', layers }, 7);
  expect(() => generationModel(whole, single)).toThrow(GenerationError);
});
