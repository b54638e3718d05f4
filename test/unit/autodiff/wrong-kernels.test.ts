import { describe, expect, it } from 'vitest';
import { finishedForWebGpu } from '../../../shared/autodiff/portable/finish.ts';
import { GraphBuilder } from '../../../shared/onnx/builder.ts';
import type { Model } from '../../../shared/onnx/model.ts';
import { float32, sizeOf } from '../../../shared/onnx/tensor.ts';
import { createRandom } from '../../../shared/parameters/random.ts';
import { numbersOf, runOnce } from './run.ts';
import { noDevice, runOnWebGpu } from './webgpu.ts';

interface Case {
  readonly op: 'Conv' | 'ConvTranspose';
  readonly x: readonly number[];
  readonly weight: readonly number[];
  readonly bias: number;
  readonly group?: number;
  /** What the pass adds. */
  readonly rewritten: boolean;
}

const CASES: readonly Case[] = [
  { op: 'Conv', x: [2, 6, 5, 5], weight: [4, 6, 3, 3], bias: 4, rewritten: true },
  { op: 'Conv', x: [2, 9, 5, 5], weight: [8, 9, 2, 2], bias: 8, rewritten: true },
  { op: 'Conv', x: [2, 6, 7], weight: [4, 6, 3], bias: 4, rewritten: true },
  { op: 'Conv', x: [2, 12, 5, 5], weight: [4, 12, 3, 3], bias: 4, rewritten: false },
  { op: 'Conv', x: [2, 6, 5, 5], weight: [6, 6, 3, 3], bias: 6, rewritten: false },
  { op: 'Conv', x: [2, 6, 5, 5], weight: [4, 6, 1, 1], bias: 4, rewritten: false },
  { op: 'Conv', x: [2, 12, 5, 5], weight: [4, 6, 3, 3], bias: 4, group: 2, rewritten: false },
  { op: 'ConvTranspose', x: [2, 6, 4, 4], weight: [6, 1, 3, 3], bias: 3, group: 3, rewritten: true },
  { op: 'ConvTranspose', x: [2, 8, 4, 4], weight: [8, 1, 3, 3], bias: 2, group: 2, rewritten: true },
  { op: 'ConvTranspose', x: [2, 9, 4, 4], weight: [9, 1, 3, 3], bias: 3, group: 3, rewritten: false },
  { op: 'ConvTranspose', x: [2, 6, 4, 4], weight: [6, 2, 3, 3], bias: 6, group: 3, rewritten: false },
];

function modelOf({ op, x, weight, bias, group = 1 }: Case): Model {
  const builder = new GraphBuilder();
  builder.input('x', 'float32', ['batch', ...x.slice(1)]);
  builder.input('weight', 'float32', weight);
  builder.input('bias', 'float32', [bias]);
  builder.output(builder.op(op, ['x', 'weight', 'bias'], { group }), 'y');
  return builder.build();
}

function feedsOf({ x, weight, bias }: Case) {
  const random = createRandom(3);
  const drawn = (dims: readonly number[]) =>
    float32(
      dims,
      Array.from({ length: sizeOf(dims) }, () => random.next() - 0.5),
    );
  return { x: drawn(x), weight: drawn(weight), bias: drawn([bias]) };
}

const reason = await noDevice();
if (reason !== undefined) console.info(`SKIPPED: convolutions on webgpu: ${reason}`);

const titled = CASES.map(
  (each) => [`${each.op} of ${each.x} with ${each.weight} in ${each.group ?? 1}`, each] as const,
);

describe('what WebGPU computes wrongly is written in another way', () => {
  it.each(titled)('%s', async (_, each) => {
    const model = modelOf(each);
    const finished = finishedForWebGpu(model);
    expect(finished.graph.nodes.length > model.graph.nodes.length).toBe(each.rewritten);
    const feeds = feedsOf(each);
    const expected = numbersOf((await runOnce(model, feeds))['y']);
    const close = (values: ArrayLike<number>) =>
      expect(Math.max(...Array.from(expected, (value, k) => Math.abs(value - values[k]!)))).toBeLessThan(
        1e-4,
      );
    close(numbersOf((await runOnce(finished, feeds))['y']));
    if (reason === undefined) close(numbersOf((await runOnWebGpu(finished, feeds))['y']));
  });
});
