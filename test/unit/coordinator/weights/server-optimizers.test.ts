import { describe, expect, it } from 'vitest';
import type { Phase, ServerStep } from '../../../../coordinator/rounds/types.ts';
import { ServerWeights } from '../../../../coordinator/weights/server-weights.ts';
import { PHASES, partOf } from '../../../../shared/nn/gan/networks.ts';
import { buildModel } from '../../../../shared/nn/model.ts';
import { float32 } from '../../../../shared/onnx/tensor.ts';
import { encode } from '../../../../shared/parameters/codecs.ts';
import { layoutOf } from '../../../../shared/parameters/layout-of.ts';
import { VectorMemory } from '../../../../shared/parameters/memory.ts';
import { createRandom } from '../../../../shared/parameters/random.ts';
import { DCGAN } from '../../../support/gan.ts';

const model = buildModel(DCGAN, { shape: [1, 8, 8], normalize: { kind: 'none' } }, { kind: 'none' }, 1);
const layout = layoutOf(model);
const adam = { kind: 'adam', beta1: 0.5, beta2: 0.9, epsilon: 1e-8, weightDecay: 0 } as const;

function weights(): ServerWeights {
  return new ServerWeights(layout, {
    optimizer: { ...adam, learningRate: 0.01 },
    parts: {
      generator: { ...adam, learningRate: 0.01 },
      discriminator: { kind: 'sgd', learningRate: 0.1, momentum: 0.9, nesterov: false, weightDecay: 0 },
    },
    clipNorm: undefined,
    serverVectors: [],
    incarnation: 1,
  });
}

const memory = VectorMemory.create(layout.length + 4);
const update = memory.allocate(layout.length);

/** A step of one network; the update of a careless member has numbers for the other one too. */
function step(server: ServerWeights, phase: Phase, number: number, seed: number): void {
  const random = createRandom(seed);
  update.view.forEach((_, index) => {
    update.view[index] = random.next();
  });
  server.add([{ name: 'parameters', codec: 'f32', bytes: [encode(update, 'f32')] }], 1, 1);
  const made: ServerStep = {
    kind: 'gradient',
    divisor: 2,
    learningRate: 0.01,
    buffers: 'ema',
    buffersDivisor: 1,
    part: { phase, step: number },
    vectors: [],
  };
  expect(server.step(made, number).finite).toBe(true);
}

describe('the weights of two networks', () => {
  it.each(PHASES)('moves in a step of the %s its own alone, whatever was sent', (phase) => {
    const server = weights();
    server.initialize(model);
    const before = server.values.slice();
    step(server, phase, 1, 1);
    const own = new Set(partOf(layout, phase).own.entries.map(({ name }) => name));
    for (const { name, offset, length } of layout.entries) {
      const moved = before
        .subarray(offset, offset + length)
        .some((value, index) => value !== server.values[offset + index]);
      expect(moved, name).toBe(own.has(name));
    }
  });

  it("goes on from a checkpoint, bit for bit, with both optimizers' states", () => {
    const server = weights();
    server.initialize(model);
    step(server, 'discriminator', 1, 1);
    step(server, 'generator', 1, 2);
    const kept = server.snapshot();
    expect(kept.map(({ name }) => name).sort()).toEqual([
      'optimizer.discriminator.momentum',
      'optimizer.generator.m',
      'optimizer.generator.v',
      'parameters',
    ]);
    const resumed = weights();
    resumed.restore(new Map(kept.map(({ name, data }) => [name, float32([data.length], data)])));
    for (const one of [server, resumed]) {
      step(one, 'discriminator', 2, 3);
      step(one, 'generator', 2, 4);
    }
    expect(Buffer.from(resumed.values.slice().buffer)).toEqual(Buffer.from(server.values.slice().buffer));
  });

  it('has no more of an optimizer’s state than each network needs', () => {
    const lengths = weights()
      .snapshot()
      .map(({ name, data }) => [name, data.length]);
    const length = (phase: Phase) => partOf(layout, phase).layout.length;
    expect(Object.fromEntries(lengths)).toMatchObject({
      'optimizer.generator.m': length('generator'),
      'optimizer.discriminator.momentum': length('discriminator'),
    });
  });
});
