import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createOnnxRuntimeNode } from '../../../../engines/onnxruntime-node.ts';
import { importForTraining } from '../../../../shared/nn/import/import.ts';
import { readModel } from '../../../../shared/onnx/read.ts';
import { layoutOf } from '../../../../shared/parameters/layout-of.ts';
import { exportModel } from '../../../../shared/programs/export.ts';
import { predictionProgram } from '../../../../shared/programs/predict.ts';
import { trainingProgram } from '../../../../shared/programs/train.ts';
import { initialValues, ProgramRunner, relativeError } from '../../programs/program-runner.ts';

const folder = process.env['TRIBUTARY_MINILM'] ?? '';
const why =
  folder === ''
    ? ' (skipped: TRIBUTARY_MINILM is not set; test/data/models/minilm.py FOLDER makes what it names)'
    : '';
const STEPS = 20;

describe.skipIf(folder === '')(`the embedding model all-MiniLM-L6-v2${why}`, () => {
  it('learns pairs of sentences with adapters and InfoNCE, and keeps its names', {
    timeout: 600_000,
  }, async () => {
    const pairs: { tokens: number[][]; targets: number[][]; embeddings: number[][] } = JSON.parse(
      readFileSync(join(folder, 'pairs.json'), 'utf8'),
    );
    const bytes = readFileSync(join(folder, 'minilm.onnx'));
    const began = performance.now();
    const target = { kind: 'number', dims: [384] } as const;
    const { model, weights } = importForTraining(
      bytes,
      { shape: [pairs.tokens[0]!.length], type: 'int32', normalize: { kind: 'none' } },
      target,
      {
        inputs: { input_ids: { kind: 'features' }, attention_mask: { kind: 'not-padding', padding: 0 } },
        lora: { rank: 8, alpha: 16, dropout: 0, targets: ['*/query/MatMul', '*/value/MatMul'] },
      },
      1,
    );
    const layout = layoutOf(model);
    expect(layout.entries).toHaveLength(6 * 2 * 2);
    expect(layout.length).toBe(6 * 2 * 2 * 8 * 384);
    expect(weights.every(({ trains }) => !trains)).toBe(true);

    const engine = await createOnnxRuntimeNode({ threads: 2 });
    const features = pairs.tokens.flat();
    const values = initialValues(model, layout);
    const prediction = await ProgramRunner.compile(engine, predictionProgram(model, target), layout);
    const embed = async () => (await prediction.run(values, { features })).predictions['prediction']!;
    expect(relativeError(await embed(), pairs.embeddings.flat())).toBeLessThan(1e-5);

    const program = trainingProgram(model, { kind: 'info-nce', temperature: 0.05 }, target);
    const runner = await ProgramRunner.compile(engine, program, layout);
    const ready = performance.now();
    const losses: number[] = [];
    const [mean, square] = [new Float64Array(values.length), new Float64Array(values.length)];
    for (let step = 1; step <= STEPS; step++) {
      const { sums, update } = await runner.run(values, { features, target: pairs.targets.flat() });
      losses.push(sums['loss']! / sums['denominator']!);
      // Adam (Kingma and Ba, 2015), rate 1e-3.
      for (let index = 0; index < values.length; index++) {
        const gradient = update[index]! / sums['denominator']!;
        mean[index] = 0.9 * mean[index]! + 0.1 * gradient;
        square[index] = 0.999 * square[index]! + 0.001 * gradient * gradient;
        const rate = (1e-3 * Math.sqrt(1 - 0.999 ** step)) / (1 - 0.9 ** step);
        values[index] = values[index]! - (rate * mean[index]!) / (Math.sqrt(square[index]!) + 1e-8);
      }
    }
    const done = performance.now();
    expect(losses.at(-1)).toBeLessThan(losses[0]! / 2);

    const metadata = { target, run: 'r', round: 1, version: '1', metrics: {}, producerVersion: '0' };
    const merged = exportModel(model, layout, values, metadata, 'original');
    const before = readModel(bytes);
    expect(merged.graph.inputs.map(({ name, type }) => [name, type])).toEqual(
      before.graph.inputs.map(({ name, type }) => [name, type]),
    );
    expect(merged.graph.outputs.map(({ name }) => name)).toEqual(['sentence_embedding']);
    for (const { name } of weights)
      expect(merged.graph.initializers.has(name) || before.graph.initializers.has(name)).toBe(true);
    await runner.release();
    await prediction.release();
    await engine.close();
    process.stdout.write(
      `MiniLM: ${layout.length} trainable of ${weights.reduce((sum, { dims }) => sum + dims.reduce((a, b) => a * b, 1), 0)} weights, ` +
        `${4 * layout.length} bytes an update; ready in ${Math.round(ready - began)} ms, ${Math.round((done - ready) / STEPS)} ms a step of ` +
        `${pairs.tokens.length} x ${pairs.tokens[0]!.length} tokens; loss ${losses[0]!.toFixed(4)} -> ${losses.at(-1)!.toFixed(4)}\n`,
    );
  });
});
