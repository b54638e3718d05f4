import { describe, expect, it } from 'vitest';
import { describeRun } from '../../../coordinator/run/description.ts';
import { ServerWeights } from '../../../coordinator/weights/server-weights.ts';
import type { Engine } from '../../../engines/engine.ts';
import { createOnnxRuntimeNode } from '../../../engines/onnxruntime-node.ts';
import { createTfjs } from '../../../engines/tfjs/tfjs.ts';
import type { Job } from '../../../shared/job/job.ts';
import { writeModel } from '../../../shared/onnx/write.ts';
import { Trainer } from '../../../worker/trainer/trainer.ts';
import { WEIGHTS, type WorkOrder, type WorkResult } from '../../../worker/trainer/work-order.ts';
import { CNN, digitsData, digitsJob } from '../../support/digits.ts';

const data = await digitsData();

async function setUp(
  job: Job,
  engine?: Engine,
): Promise<{ trainer: Trainer; weights: ServerWeights; rows: number }> {
  const description = describeRun(job, data, undefined);
  const trainer = Trainer.create(
    engine ?? (await createOnnxRuntimeNode({ threads: 2 })),
    { model: writeModel(description.model), recipe: description.recipe, manifest: description.manifest },
    (block) => data.readBlock(block),
  );
  const weights = new ServerWeights(description.layout, {
    optimizer: job.optimizer,
    clipNorm: undefined,
    serverVectors: [],
    incarnation: 1,
  });
  weights.initialize(description.model);
  return { trainer, weights, rows: description.manifest.rows - description.manifest.test.rows };
}

const order = (work: WorkOrder['work'], learningRate = 0.003): WorkOrder => ({
  work,
  round: 0,
  terms: {},
  sections: [],
  local: [],
  learningRate,
  codec: 'f32',
});

const running = (): boolean => false;

describe('trainer', () => {
  it('learns the digits: gradients here, steps on the server side', async () => {
    const job = digitsJob();
    const { trainer, weights, rows } = await setUp(job);
    let step = 0;
    for (let epoch = 0; epoch < 12; epoch++) {
      for (let start = 0; start < rows; start += job.batch) {
        trainer.set({ name: WEIGHTS, bytes: weights.encoded('f32').bytes, codec: 'f32' });
        const { header, sections } = await trainer.execute(
          order({ kind: 'gradient', epoch, start, end: Math.min(rows, start + job.batch) }),
          running,
        );
        weights.add(sectionsOf({ sections }), 1, header.examples);
        const denominator = header.sums['denominator']!;
        weights.step(
          {
            kind: 'gradient',
            divisor: denominator,
            learningRate: 0.003,
            buffers: 'ema',
            buffersDivisor: header.examples,
            vectors: [],
          },
          ++step,
        );
      }
    }
    trainer.set({ name: WEIGHTS, bytes: weights.encoded('f32').bytes, codec: 'f32' });
    const { header } = await trainer.execute(
      order({ kind: 'evaluate', start: 0, end: data.manifest.test.rows }),
      running,
    );
    expect(header.examples).toBe(data.manifest.test.rows);
    expect(header.sums['correct']! / header.examples).toBeGreaterThan(0.95);
    await trainer.close();
  });

  it('gives the same gradient for a batch as for its parts, dropout on', async () => {
    const { trainer, weights } = await setUp(digitsJob());
    trainer.set({ name: WEIGHTS, bytes: weights.encoded('f32').bytes, codec: 'f32' });
    const gradient = async (start: number, end: number): Promise<Float32Array> => {
      const { sections } = await trainer.execute(order({ kind: 'gradient', epoch: 3, start, end }), running);
      return new Float32Array(sections[0]!.bytes.slice().buffer);
    };
    const whole = await gradient(100, 164);
    const parts = [await gradient(100, 121), await gradient(121, 150), await gradient(150, 164)];
    const sum = whole.map((_, index) => parts.reduce((total, part) => total + part[index]!, 0));
    const norm = (vector: Float32Array): number => Math.hypot(...vector);
    expect(norm(whole)).toBeGreaterThan(1);
    expect(norm(whole.map((value, index) => value - sum[index]!)) / norm(whole)).toBeLessThan(1e-6);
    await trainer.close();
  });

  it('takes local steps that end where the same steps on the server would', async () => {
    const job = digitsJob({
      optimizer: { kind: 'sgd', learningRate: 0.1, momentum: 0, nesterov: false, weightDecay: 0 },
    });
    const { trainer, weights } = await setUp(job);
    const start = weights.values.slice();
    trainer.set({ name: WEIGHTS, bytes: weights.encoded('f32').bytes, codec: 'f32' });
    const { header, sections } = await trainer.execute(
      order({ kind: 'local', epoch: 0, start: 0, end: 160, batch: 64 }, 0.1),
      running,
    );
    expect(header.steps).toBe(3);
    for (const [step, [from, to]] of [
      [0, 64],
      [64, 128],
      [128, 160],
    ].entries()) {
      trainer.set({ name: WEIGHTS, bytes: weights.encoded('f32').bytes, codec: 'f32' });
      const done = await trainer.execute(
        order({ kind: 'gradient', epoch: 0, start: from!, end: to! }),
        running,
      );
      weights.add(sectionsOf(done), 1, done.header.examples);
      weights.step(
        {
          kind: 'gradient',
          divisor: to! - from!,
          learningRate: 0.1,
          buffers: 'ema',
          buffersDivisor: to! - from!,
          vectors: [],
        },
        step + 1,
      );
    }
    const delta = new Float32Array(sections[0]!.bytes.slice().buffer);
    const difference = start.map((value, index) => value - delta[index]! - weights.values[index]!);
    expect(Math.hypot(...difference) / Math.hypot(...delta)).toBeLessThan(1e-5);
    await trainer.close();
  });

  it('follows the same loss curve on ONNX Runtime with our gradients and on TensorFlow.js with its own', async () => {
    const curve = async (engine: Engine): Promise<number[]> => {
      const job = digitsJob({ model: CNN });
      const { trainer, weights } = await setUp(job, engine);
      const losses: number[] = [];
      for (let step = 0; step < 15; step++) {
        trainer.set({ name: WEIGHTS, bytes: weights.encoded('f32').bytes, codec: 'f32' });
        const done = await trainer.execute(
          order({ kind: 'gradient', epoch: 0, start: step * 16, end: step * 16 + 16 }),
          running,
        );
        const { loss, denominator } = done.header.sums;
        losses.push(loss! / denominator!);
        weights.add(sectionsOf(done), 1, 16);
        weights.step(
          {
            kind: 'gradient',
            divisor: denominator!,
            learningRate: 0.003,
            buffers: 'ema',
            buffersDivisor: 16,
            vectors: [],
          },
          step + 1,
        );
      }
      await trainer.close();
      return losses;
    };
    const ours = await curve(await createOnnxRuntimeNode({ threads: 2 }));
    const theirs = await curve(await createTfjs());
    expect(ours.at(-1)!).toBeLessThan(ours[0]!);
    ours.forEach((loss, step) => {
      expect(Math.abs(loss - theirs[step]!) / loss, `step ${step}`).toBeLessThan(1e-3);
    });
  });
});

/** As they arrive: in pieces. */
function sectionsOf({ sections }: Pick<WorkResult, 'sections'>): Parameters<ServerWeights['add']>[0] {
  return sections.map(({ name, codec, bytes }) => ({ name, codec, bytes: [bytes] }));
}
