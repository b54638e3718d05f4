import { describe, expect, it } from 'vitest';
import type { ServerStep } from '../../../../coordinator/rounds/types.ts';
import { ServerWeights } from '../../../../coordinator/weights/server-weights.ts';
import type { Wire } from '../../../../shared/job/wire-job.ts';
import { encodeSection, sectionSize } from '../../../../shared/parameters/codecs/section.ts';
import { sectionParts } from '../../../../shared/parameters/codecs/section-parts.ts';
import type { UpdateCodec } from '../../../../shared/parameters/codecs/update-codec.ts';
import { makeLayout } from '../../../../shared/parameters/layout.ts';
import { VectorMemory } from '../../../../shared/parameters/memory.ts';
import { createRandom } from '../../../../shared/parameters/random.ts';

const layout = makeLayout([
  { name: 'weight', dims: [40, 10], section: 'trainable', decay: true },
  { name: 'bias', dims: [10], section: 'trainable', decay: false },
]);
const memory = VectorMemory.create(layout.length);
const vector = memory.allocate(layout.length);

const STEP: ServerStep = {
  ...{ kind: 'gradient', divisor: 1, learningRate: 1, buffers: 'ema', buffersDivisor: 1, vectors: [] },
};

function server(up: Wire['up']): ServerWeights {
  return new ServerWeights(layout, {
    optimizer: { kind: 'sgd', learningRate: 1, momentum: 0, nesterov: false, weightDecay: 0 },
    ...{ clipNorm: undefined, serverVectors: ['control'], incarnation: 1, wire: { down: 'f16', up } },
  });
}

function encoded(values: (i: number) => number, codec: UpdateCodec) {
  for (let i = 0; i < 410; i++) vector.view[i] = values(i);
  const bytes = encodeSection(vector, sectionParts(layout, codec), { codec, share: 0.1 });
  return { name: 'parameters', codec, bytes: [bytes] };
}

/** From weights of zero a step of rate 1 makes minus the sum over the divisor. */
function stepped(weights: ServerWeights, divisor: number): number[] {
  expect(weights.step({ ...STEP, divisor }, 1).finite).toBe(true);
  return Array.from(weights.values, (value) => -value);
}

describe('updates', () => {
  it('of different encodings in one window add up', () => {
    const weights = server({ codec: 'int8' });
    const random = createRandom(4);
    const [a, b, c] = [0, 1, 2].map(() => Array.from({ length: layout.length }, () => random.next() - 0.5));
    weights.add([encoded((i) => a![i]!, 'int8')], 1, 1);
    weights.add([encoded((i) => b![i]!, 'f32')], 2, 1);
    weights.add([encoded((i) => c![i]!, 'bf16')], 1, 1);
    const result = stepped(weights, 4).slice(0, 410);
    result.forEach((value, i) => {
      expect(Math.abs(value - (a![i]! + 2 * b![i]! + c![i]!) / 4)).toBeLessThan(0.002);
    });
  });

  it('fit by the job’s encoding or a dense one, to the byte', () => {
    const weights = server({ codec: 'top-k', share: 0.1, errorFeedback: true });
    const size = 8 * 40 + 4 * 10;
    expect(weights.updateBytes('top-k', 'f16')).toBe(size + 2 * layout.length);
    expect(weights.fits('parameters', size, 'top-k')).toBe('ok');
    expect(weights.fits('parameters', size + 8, 'top-k')).toBe('size');
    expect(weights.fits('parameters', 4 * layout.length, 'f32')).toBe('ok');
    expect(weights.fits('parameters', 100, 'sign')).toBe('encoding');
    expect(weights.fits('control', 2 * layout.length, 'f16')).toBe('ok');
    expect(weights.fits('control', size, 'top-k')).toBe('encoding');
    const quantized = sectionSize(sectionParts(layout, 'int8'), 'int8');
    expect(weights.fits('control', quantized, 'int8')).toBe('ok');
    expect(weights.fits('control', quantized + 1, 'int8')).toBe('size');
    expect(weights.fits('parameters', quantized, 'int8')).toBe('encoding');
    expect(weights.updateBytes('top-k', 'int8')).toBe(size + quantized);
    expect(weights.fits('other', size, 'f32')).toBe('unknown');
  });
});

describe('a majority', () => {
  it('steps by the sign of the sum of votes, biases by the sign of their sum; a draw stands still', () => {
    const weights = server({ codec: 'vote' });
    const sign = (i: number): number => (i % 3) - 1;
    // Two of three vote as `sign`, with whatever weight and size; zeros vote at random, so they are left out below.
    weights.add([encoded((i) => 100 * sign(i), 'vote')], 5, 1);
    weights.add([encoded((i) => 0.001 * sign(i), 'vote')], 1, 1);
    weights.add([encoded((i) => -7 * sign(i), 'vote')], 9, 1);
    const result = stepped(weights, 12);
    for (let i = 0; i < 400; i++) if (sign(i) !== 0) expect(result[i]).toBe(sign(i));
    // 500 − 63 + 0.001 of each bias: its sign.
    for (let i = 400; i < 410; i++) expect(result[i]! + 0).toBe(sign(i) + 0);
  });

  it('counts a member that sends numbers as one vote', () => {
    const weights = server({ codec: 'vote' });
    weights.add([encoded(() => -1, 'vote')], 1, 1);
    weights.add([encoded((i) => (i < 200 ? 1e4 : 0), 'f16')], 1, 1);
    const result = stepped(weights, 2);
    for (let i = 0; i < 200; i++) expect(result[i]! + 0).toBe(0);
    for (let i = 200; i < 400; i++) expect(result[i]).toBe(-1);
  });
});
