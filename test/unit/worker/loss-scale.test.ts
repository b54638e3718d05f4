import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { describeRun } from '../../../coordinator/run/description.ts';
import { ServerWeights } from '../../../coordinator/weights/server-weights.ts';
import type { Engine } from '../../../engines/engine.ts';
import { createOnnxRuntimeNode } from '../../../engines/onnxruntime-node.ts';
import type { Job } from '../../../shared/job/job.ts';
import { writeModel } from '../../../shared/onnx/write.ts';
import { VectorMemory } from '../../../shared/parameters/memory.ts';
import { parseRecipe } from '../../../shared/programs/parse-recipe.ts';
import type { Work } from '../../../shared/protocol/assignment.ts';
import { BoundProgram } from '../../../worker/trainer/bound-program.ts';
import type { TrainerContext } from '../../../worker/trainer/context.ts';
import { LossScale, runScaled } from '../../../worker/trainer/loss-scale.ts';
import { Trainer } from '../../../worker/trainer/trainer.ts';
import { WEIGHTS, type WorkResult } from '../../../worker/trainer/work-order.ts';
import { digitsData, digitsJob } from '../../support/digits.ts';
import { float16Gpu } from '../../support/software-gpu.ts';

const data = await digitsData();
const open: Trainer[] = [];
afterAll(() => Promise.all(open.map((trainer) => trainer.close())));

/** Of every run of a program that has one. */
const scales: number[] = [];
const run = BoundProgram.prototype.run;
vi.spyOn(BoundProgram.prototype, 'run').mockImplementation(function (this: BoundProgram, count, scale) {
  if (this.program.scaled) scales.push(scale!);
  return run.call(this, count, scale);
});
beforeEach(() => {
  scales.length = 0;
});

const emulated = { recompute: 'off', precision: 'emulated' } as const;

async function trainerOf(
  changes: Partial<Job>,
  change = (_: Float32Array): void => {},
  on?: Engine,
): Promise<(work: Work) => Promise<WorkResult>> {
  const job = digitsJob(changes);
  const { model, recipe, manifest, layout } = describeRun(job, data, undefined);
  const setup = { model: writeModel(model), recipe: parseRecipe(JSON.stringify(recipe)), manifest };
  const engine = on ?? (await createOnnxRuntimeNode({ threads: 1 }));
  const trainer = Trainer.create(engine, setup, (block) => data.readBlock(block));
  open.push(trainer);
  const options = { optimizer: job.optimizer, clipNorm: undefined, serverVectors: [], incarnation: 1 };
  const weights = new ServerWeights(layout, options);
  weights.initialize(model);
  change(weights.values);
  return (work) => {
    trainer.set({ name: WEIGHTS, bytes: weights.encoded('f32').bytes, codec: 'f32' });
    const terms = { terms: {}, sections: [], local: [], learningRate: 0.05, codec: 'f32' } as const;
    return trainer.execute({ work, round: 0, ...terms }, () => false);
  };
}

function updateOf({ sections }: WorkResult): Float32Array {
  return new Float32Array(sections[0]!.bytes.slice().buffer);
}

function difference(a: Float32Array, b: Float32Array): number {
  return Math.hypot(...a.map((value, index) => value - b[index]!)) / Math.hypot(...b);
}

const gradient: Work = { kind: 'gradient', epoch: 1, start: 10, end: 60 };

/** Pixels from 0 to 1024: gradients of weights are sums of products with them. */
const large = (features: Job['data']['features']): Job['data']['features'] => ({
  ...features,
  normalize: { kind: 'divide', by: 1 / 64 },
});

describe('a loss scale that overflows', () => {
  const changes = (memory?: Job['memory']): Partial<Job> => {
    const { data: table } = digitsJob();
    return { data: { ...table, features: large(table.features) }, ...(memory && { memory }) };
  };

  it('is halved until gradients are finite, of the same rows', async () => {
    const exact = updateOf(await (await trainerOf(changes()))(gradient));
    const mixed = await trainerOf(changes(emulated));
    const update = updateOf(await mixed(gradient));
    expect(scales.length).toBeGreaterThan(1);
    expect(scales).toEqual(scales.map((_, at) => scales[0]! / 2 ** at));
    expect(update.every(Number.isFinite)).toBe(true);
    expect(difference(update, exact)).toBeLessThan(1e-2);
    // It was found, and stays: the next time they are computed once.
    scales.length = 0;
    expect(updateOf(await mixed(gradient))).toEqual(update);
    expect(scales).toHaveLength(1);
  });

  it('is halved as well where the device has float16 of its own', async () => {
    const device = await float16Gpu();
    if (typeof device === 'string') {
      console.info(`SKIPPED: loss scales in float16 of a device’s own: ${device}`);
      expect(device).not.toBe('');
      return;
    }
    // There the gradient of a weight is float32 at once: what overflows is on the way to the first layer.
    const layers = [
      { type: 'flatten', options: {} },
      { type: 'dense', options: { units: 16 } },
      { type: 'tanh', options: {} },
      { type: 'dense', options: { units: 10 } },
    ];
    const deep: Partial<Job> = { model: { kind: 'layers', layers } };
    const steep = (weights: Float32Array) => {
      for (let at = weights.length - 170; at < weights.length; at++) weights[at]! *= 30;
    };
    const few: Work = { ...gradient, end: 14 };
    const exact = updateOf(await (await trainerOf(deep, steep))(few));
    const asks = { ...deep, memory: { recompute: 'off', precision: 'mixed' } } as const;
    const update = updateOf(await (await trainerOf(asks, steep, device))(few));
    expect(scales.length).toBeGreaterThan(1);
    expect(scales).toEqual(scales.map((_, at) => scales[0]! / 2 ** at));
    expect(difference(update, exact)).toBeLessThan(1e-2);
  });

  it('costs no optimizer step, and no NaN gets into the weights', async () => {
    const mixed = await trainerOf(changes(emulated));
    const { header, sections } = await mixed({ kind: 'local', epoch: 0, start: 0, end: 96, batch: 32 });
    expect(header.steps).toBe(3);
    expect(header.sums['examples']).toBe(96);
    expect(scales.length).toBeGreaterThan(3);
    expect(updateOf({ header, sections }).every(Number.isFinite)).toBe(true);
  });

  it('is found anew in each of several micro-batches', async () => {
    const exact = updateOf(await (await trainerOf(changes()))(gradient));
    const mixed = await trainerOf(changes({ ...emulated, microBatch: 7 }));
    expect(difference(updateOf(await mixed(gradient)), exact)).toBeLessThan(1e-2);
    expect(scales.length).toBeGreaterThan(8);
  });
});

it('a loss that is not finite is computed once, and told as it is', async () => {
  const mixed = await trainerOf({ memory: emulated }, (weights) => {
    for (let at = 0; at < weights.length; at++) weights[at]! *= 1e6;
  });
  const update = updateOf(await mixed(gradient));
  expect(scales).toHaveLength(1);
  expect(update.every(Number.isFinite)).toBe(false);
});

it('where the job asks for float16 of the engine’s own, and it has none, all is as in float32', async () => {
  const plain = updateOf(await (await trainerOf({}))(gradient));
  const asked = await trainerOf({ memory: { recompute: 'off', precision: 'mixed' } });
  expect(updateOf(await asked(gradient))).toEqual(plain);
  expect(scales).toEqual([]);
});

it('goes with activations that are computed again', async () => {
  const exact = updateOf(await (await trainerOf({}))(gradient));
  const both = await trainerOf({ memory: { recompute: 'every-block', precision: 'emulated' } });
  expect(difference(updateOf(await both(gradient)), exact)).toBeLessThan(1e-2);
});

it('is halved for any loss that is finite, whatever it is called, as of a discriminator', async () => {
  const memory = VectorMemory.create(16);
  const update = memory.allocate(4);
  const seen: number[] = [];
  const bound = (loss: number) =>
    ({
      program: { scaled: { input: 'loss_scale', loss: 'scaled_loss' }, sums: ['discriminator_loss'] },
      sums: Float32Array.of(loss),
      run: async (_: number, scale: number) => {
        seen.push(scale);
        update.view.fill(scale > 2 ** 14 ? Number.POSITIVE_INFINITY : 3 * scale);
      },
    }) as unknown as BoundProgram;
  const context = { memory, update, layout: { trainable: 4 }, lossScale: new LossScale() };
  await runScaled(context as unknown as TrainerContext, bound(5), 1);
  expect(seen).toEqual([2 ** 16, 2 ** 15, 2 ** 14]);
  expect([...update.view]).toEqual([3, 3, 3, 3]);
  const other = { ...context, lossScale: new LossScale() };
  await runScaled(other as unknown as TrainerContext, bound(Number.NaN), 1);
  expect(seen).toHaveLength(4);
});

describe('the scale', () => {
  it('begins at 2^16, of a mean: less by the power of two that holds all examples', () => {
    const scale = new LossScale();
    expect([1, 2, 50, 64, 65].map((examples) => scale.of(examples))).toEqual([65536, 32768, 1024, 1024, 512]);
  });

  it('is doubled after 2000 runs in a row that were finite, and no further than 2^24', () => {
    const scale = new LossScale();
    const succeed = (times: number) => {
      for (let k = 0; k < times; k++) scale.succeeded();
    };
    succeed(1999);
    expect(scale.of(1)).toBe(2 ** 16);
    scale.backOff();
    succeed(1999);
    expect(scale.of(1)).toBe(2 ** 15);
    succeed(1);
    expect(scale.of(1)).toBe(2 ** 16);
    succeed(2000 * 20);
    expect(scale.of(1)).toBe(2 ** 24);
  });

  it('is what it was when no smaller one helped', () => {
    const scale = new LossScale();
    scale.backOff();
    scale.succeeded();
    let tries = 1;
    while (scale.backOff()) tries++;
    expect(tries).toBe(32);
    expect(scale.of(1)).toBe(2 ** 15);
  });
});
