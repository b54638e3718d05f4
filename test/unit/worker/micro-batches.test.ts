import { afterAll, describe, expect, it, vi } from 'vitest';
import { describeRun } from '../../../coordinator/run/description.ts';
import { ServerWeights } from '../../../coordinator/weights/server-weights.ts';
import { createOnnxRuntimeNode } from '../../../engines/onnxruntime-node.ts';
import type { Job, MemoryJob } from '../../../shared/job/job.ts';
import { writeModel } from '../../../shared/onnx/write.ts';
import { parseRecipe } from '../../../shared/programs/parse-recipe.ts';
import { stepMemory } from '../../../shared/programs/step-memory.ts';
import { trainingProgram } from '../../../shared/programs/train.ts';
import type { Work } from '../../../shared/protocol/assignment.ts';
import { BoundProgram } from '../../../worker/trainer/bound-program.ts';
import { Trainer } from '../../../worker/trainer/trainer.ts';
import { WEIGHTS, type WorkResult } from '../../../worker/trainer/work-order.ts';
import { digitsData, digitsJob } from '../../support/digits.ts';

const data = await digitsData();
const open: Trainer[] = [];
afterAll(() => Promise.all(open.map((trainer) => trainer.close())));

const memory = (
  microBatch?: MemoryJob['microBatch'],
  recompute: MemoryJob['recompute'] = 'off',
): Partial<Job> => ({
  memory: { recompute, ...(microBatch !== undefined && { microBatch }) },
});

async function runOf(
  changes: Partial<Job>,
  freeMemory?: () => number,
): Promise<{ run(work: Work): Promise<WorkResult>; readonly buffers: number }> {
  const job = digitsJob(changes);
  const { model, recipe, manifest, layout } = describeRun(job, data, undefined);
  const trainer = Trainer.create(
    await createOnnxRuntimeNode({ threads: 1 }),
    // As it arrives: over the wire.
    { model: writeModel(model), recipe: parseRecipe(JSON.stringify(recipe)), manifest },
    (block) => data.readBlock(block),
    freeMemory && { freeMemory },
  );
  open.push(trainer);
  const weights = new ServerWeights(layout, {
    optimizer: job.optimizer,
    clipNorm: undefined,
    serverVectors: [],
    incarnation: 1,
  });
  weights.initialize(model);
  return {
    buffers: layout.trainable,
    run: (work) => {
      trainer.set({ name: WEIGHTS, bytes: weights.encoded('f32').bytes, codec: 'f32' });
      const order = {
        work,
        round: 0,
        terms: {},
        sections: [],
        local: [],
        learningRate: 0.05,
        codec: 'f32',
      } as const;
      return trainer.execute(order, () => false);
    },
  };
}

function updateOf({ sections }: WorkResult): Float32Array {
  return new Float32Array(sections[0]!.bytes.slice().buffer);
}

function difference(a: Float32Array, b: Float32Array): number {
  return Math.hypot(...a.map((value, index) => value - b[index]!)) / Math.hypot(...b);
}

const gradient: Work = { kind: 'gradient', epoch: 1, start: 10, end: 60 };

describe('micro-batches', () => {
  it('of any size give the gradient and the sums of the whole', async () => {
    const whole = await (await runOf({})).run(gradient);
    for (const size of [1, 7, 50, 64]) {
      const pieces = await (await runOf(memory(size))).run(gradient);
      expect(pieces.header.examples).toBe(50);
      expect(pieces.header.sums['correct']).toBe(whole.header.sums['correct']);
      expect(pieces.header.sums['loss']! / whole.header.sums['loss']!).toBeCloseTo(1, 5);
      expect(difference(updateOf(pieces), updateOf(whole))).toBeLessThan(1e-6);
    }
  });

  it('of a size that the member’s memory says give the gradient of the whole, without being asked for', async () => {
    const whole = await (await runOf({})).run(gradient);
    const { model, recipe } = describeRun(digitsJob(), data, undefined);
    const { fixed, perExample } = stepMemory(trainingProgram(model, recipe.loss, recipe.target));
    expect(perExample).toBeGreaterThan(64 * 4);
    const sizes: number[] = [];
    const run = BoundProgram.prototype.run;
    const watched = vi.spyOn(BoundProgram.prototype, 'run').mockImplementation(function (
      this: BoundProgram,
      count,
    ) {
      sizes.push(count);
      return run.call(this, count);
    });
    // Half of it is taken: room for 12 examples and a bit.
    const little = await (await runOf(memory('auto'), () => 2 * (fixed + 12.5 * perExample))).run(gradient);
    expect(sizes).toEqual([12, 12, 12, 12, 2]);
    expect(difference(updateOf(little), updateOf(whole))).toBeLessThan(1e-5);
    expect(little.header.sums['loss']! / whole.header.sums['loss']!).toBeCloseTo(1, 5);
    sizes.length = 0;
    const enough = await (await runOf(memory('auto'), () => 1e9)).run(gradient);
    expect(sizes).toEqual([50]);
    expect(updateOf(enough)).toEqual(updateOf(whole));
    sizes.length = 0;
    await (await runOf(memory('auto'), () => 0)).run({ ...gradient, end: 13 });
    expect(sizes).toEqual([1, 1, 1]);
    watched.mockRestore();
  });

  it('are one optimizer step each batch, not one each run', async () => {
    const work: Work = { kind: 'local', epoch: 0, start: 0, end: 70, batch: 32 };
    const whole = await (await runOf({})).run(work);
    const pieces = await (await runOf(memory(5))).run(work);
    expect(pieces.header.steps).toBe(3);
    expect(pieces.header.sums['examples']).toBe(70);
    expect(difference(updateOf(pieces), updateOf(whole))).toBeLessThan(1e-4);
  });

  it('do not change what an evaluation counts', async () => {
    const work: Work = { kind: 'evaluate', start: 0, end: 100 };
    const whole = await (await runOf({})).run(work);
    const pieces = await (await runOf(memory(9))).run(work);
    expect(pieces.header.sums['correct']).toBe(whole.header.sums['correct']);
    expect(pieces.header.sums['examples']).toBe(100);
  });

  it("combine batch normalisation's statistics by examples", async () => {
    const model = {
      kind: 'layers',
      layers: [
        { type: 'batch-norm', options: {} },
        { type: 'flatten', options: {} },
        { type: 'dense', options: { units: 10 } },
      ],
    } as unknown as Job['model'];
    const whole = await runOf({ model });
    const pieces = await runOf({ model, ...memory(8) });
    const [first, second] = [updateOf(await whole.run(gradient)), updateOf(await pieces.run(gradient))];
    const moments = first.subarray(whole.buffers);
    expect(moments.length).toBeGreaterThan(0);
    // To the rounding of a float32 sum of 50 · 64 values.
    expect(difference(second.subarray(whole.buffers), moments)).toBeLessThan(2e-5);
    // Each run normalises by its own examples: that is not the whole's gradient, and the documentation says so.
    expect(difference(second.subarray(0, whole.buffers), first.subarray(0, whole.buffers))).toBeGreaterThan(
      1e-4,
    );
  });
});

it('a step with activations computed again is the step without', async () => {
  const kept = await (await runOf({})).run(gradient);
  const again = await (await runOf(memory(undefined, 'every-block'))).run(gradient);
  expect(difference(updateOf(again), updateOf(kept))).toBeLessThan(1e-6);
});
