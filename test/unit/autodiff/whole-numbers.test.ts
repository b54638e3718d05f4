import { expect, it } from 'vitest';
import { finishedForWebGpu } from '../../../shared/autodiff/portable/finish.ts';
import { GraphBuilder } from '../../../shared/onnx/builder.ts';
import type { Model } from '../../../shared/onnx/model.ts';
import { float32 } from '../../../shared/onnx/tensor.ts';
import { numbersOf, runOnce } from './run.ts';

/** The values of `y`, as written and without int64, which must be the same. */
async function both(model: Model, dims: readonly number[], data: readonly number[]): Promise<number[]> {
  const feeds = { x: float32(dims, data) };
  const portable = finishedForWebGpu(model);
  const reads = portable.graph.nodes.filter(({ op }) => op === 'ArgMax');
  expect(reads).toEqual([]);
  const actual = [...numbersOf((await runOnce(portable, feeds))['y'])];
  expect(actual).toEqual([...numbersOf((await runOnce(model, feeds))['y'])]);
  return actual;
}

function argMax(attributes: Record<string, number>): Model {
  const builder = new GraphBuilder();
  builder.input('x', 'float32', ['batch', 4]);
  builder.output(builder.op('Cast', [builder.op('ArgMax', ['x'], attributes)], { to: 'float32' }), 'y');
  return builder.build();
}

const TIED = [3, 7, 7, 1, 0, 0, 0, 0, -2, -9, -1, -1];

it('the first of equal maxima is the class, as ArgMax has it', async () => {
  expect(await both(argMax({ axis: 1, keepdims: 0 }), [3, 4], TIED)).toEqual([1, 0, 2]);
  expect(await both(argMax({ axis: -1, keepdims: 1 }), [3, 4], TIED)).toEqual([1, 0, 2]);
});

it('or the last, where ArgMax says so', async () => {
  const attributes = { axis: 1, keepdims: 0, select_last_index: 1 };
  expect(await both(argMax(attributes), [3, 4], TIED)).toEqual([2, 3, 3]);
});

it('the size of a batch is counted, for one example and for many', async () => {
  const builder = new GraphBuilder();
  builder.input('x', 'float32', ['batch', 2]);
  const wide = builder.op('Relu', ['x']);
  const size = builder.op('Shape', [wide], { start: 0, end: 1 });
  const one = builder.op('Cast', [size], { to: 'float32' });
  const axes = builder.op('Gather', [builder.op('Shape', [wide]), builder.ints([1, 0])]);
  const two = builder.op('Cast', [axes], { to: 'float32' });
  builder.output(builder.op('Concat', [one, two], { axis: 0 }), 'y');
  const model = builder.build();
  expect(await both(model, [1, 2], [1, 2])).toEqual([1, 2, 1]);
  expect(await both(model, [3, 2], [1, 2, 3, 4, 5, 6])).toEqual([3, 2, 3]);
});

it('what has no int64 is left as it is', () => {
  const builder = new GraphBuilder();
  builder.output(builder.op('Relu', [builder.input('x', 'float32', ['batch', 2])]), 'y');
  const model = builder.build();
  expect(finishedForWebGpu(model)).toBe(model);
});
