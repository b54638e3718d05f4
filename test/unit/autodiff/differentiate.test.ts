import { describe, expect, test } from 'vitest';
import { differentiate } from '../../../shared/autodiff/differentiate.ts';
import { MissingGradientError } from '../../../shared/autodiff/errors.ts';
import { gradientModel } from '../../../shared/autodiff/gradient-model.ts';
import { GraphBuilder } from '../../../shared/onnx/builder.ts';
import { float32, int64 } from '../../../shared/onnx/tensor.ts';
import { numbersOf, runOnce } from './run.ts';
import { tensorOf } from './spec.ts';

function sumOf(builder: GraphBuilder, value: string): string {
  return builder.op('ReduceSum', [value], { keepdims: 0 });
}

describe('the walker', () => {
  test('adds up the uses of a value, by Add and not by Sum', async () => {
    const builder = new GraphBuilder();
    const x = builder.input('x', 'float32', [3]);
    const a = builder.op('Mul', [x, x]);
    const b = builder.op('Exp', [x]);
    builder.output(sumOf(builder, builder.op('Add', [builder.op('Add', [a, b]), x])), 'loss');
    const model = gradientModel(builder.build(), 'loss', ['x']);
    expect(model.graph.nodes.map((node) => node.op)).not.toContain('Sum');
    const results = await runOnce(model, { x: float32([3], [0, 1, 2]) });
    const expected = [0, 1, 2].map((v) => Math.fround(2 * v + Math.exp(v) + 1));
    numbersOf(results['x_grad']).forEach((g, k) => {
      expect(g).toBeCloseTo(expected[k] as number, 5);
    });
  });

  test.each(['Gather', 'GatherElements'])(
    'what %s read is added into the other gradients of its source, not into zeros',
    async (op) => {
      const builder = new GraphBuilder();
      const table = builder.input('table', 'float32', [3, 2]);
      const dims = op === 'Gather' ? [4] : [2, 2];
      const rows = builder.input('rows', 'int64', dims);
      const read = builder.op(op, [table, rows], { axis: 0 });
      const square = builder.op('Mul', [table, table]);
      builder.output(builder.op('Add', [sumOf(builder, read), sumOf(builder, square)]), 'loss');
      const model = gradientModel(builder.build(), 'loss', ['table']);
      const scatter = model.graph.nodes.find((node) => node.op.startsWith('Scatter'));
      expect(scatter?.outputs).toEqual(['table_grad']);
      expect(model.graph.nodes.find((node) => node.outputs[0] === scatter?.inputs[0])?.op).toBe('Add');
      const results = await runOnce(model, {
        table: float32([3, 2], [1, 2, 3, 4, 5, 6]),
        rows: int64(dims, [2, 0, 2, 1]),
      });
      // Rows 0 and 1 are read once, row 2 twice; by elements, [2, 0] and [2, 1] of the columns.
      const times = op === 'Gather' ? [1, 1, 1, 1, 2, 2] : [0, 1, 0, 1, 2, 0];
      expect(numbersOf(results['table_grad'])).toEqual(times.map((count, k) => count + 2 * (k + 1)));
    },
  );

  test('visits only the nodes between the loss and what is asked for', () => {
    const builder = new GraphBuilder();
    const x = builder.input('x', 'float32', [2, 3]);
    const w = builder.input('w', 'float32', [3, 4]);
    const hidden = builder.op('NonZero', [builder.op('Sign', [x])]);
    builder.op('Gemm', [x, w], {}, 'dense');
    builder.output(sumOf(builder, 'dense'), 'loss');
    builder.output(hidden);
    const before = builder.nodes.length;
    differentiate(builder, 'loss', ['w']);
    const added = builder.nodes.slice(before);
    // The gradient of x, a second Gemm, is not among them.
    expect(added.filter((node) => node.op === 'Gemm')).toHaveLength(1);
    expect(added.filter((node) => node.op !== 'Constant').every((node) => node.name.includes('_Grad/'))).toBe(
      true,
    );
  });

  test('leaves what the loss does not depend on undefined, and gradientModel makes zeros of it', async () => {
    const builder = new GraphBuilder();
    const x = builder.input('x', 'float32', [2]);
    builder.input('unused', 'float32', [2, 2]);
    const floored = builder.input('floored', 'float32', [2]);
    const total = builder.op('Add', [x, builder.op('Floor', [floored])]);
    builder.output(sumOf(builder, total), 'loss');
    const model = builder.build();
    const gradients = differentiate(GraphBuilder.from(model), 'loss', ['x', 'unused', 'floored']);
    expect(gradients.get('unused')).toBeUndefined();
    expect(gradients.get('floored')).toBeUndefined();
    const results = await runOnce(gradientModel(model, 'loss', ['x', 'unused', 'floored']), {
      x: float32([2], [1, 2]),
      unused: float32([2, 2], [1, 2, 3, 4]),
      floored: float32([2], [1, 2]),
    });
    expect(numbersOf(results['x_grad'])).toEqual([1, 1]);
    expect(numbersOf(results['unused_grad'])).toEqual([0, 0, 0, 0]);
    expect(numbersOf(results['floored_grad'])).toEqual([0, 0]);
  });

  test('writes gradients under their own names, without Identity', () => {
    const builder = new GraphBuilder();
    const x = builder.input('x', 'float32', [2, 3]);
    const w = builder.input('w', 'float32', [3, 4]);
    const b = builder.input('b', 'float32', [4]);
    const y = builder.op('Gemm', [x, w, b]);
    builder.output(builder.op('ReduceSum', [y], { keepdims: 0 }, 'loss'));
    const model = gradientModel(builder.build(), 'loss', ['w', 'b']);
    expect(model.graph.outputs.map(({ name, dims }) => [name, dims])).toEqual([
      ['loss', []],
      ['w_grad', [3, 4]],
      ['b_grad', [4]],
    ]);
    expect(model.graph.nodes.map((node) => node.op)).not.toContain('Identity');
  });

  test('gives one gradient under two names where two inputs share it', async () => {
    const builder = new GraphBuilder();
    const a = builder.input('a', 'float32', [2]);
    const b = builder.input('b', 'float32', [2]);
    builder.output(sumOf(builder, builder.op('Exp', [builder.op('Add', [a, b])])), 'loss');
    const model = gradientModel(builder.build(), 'loss', ['a', 'b', 'a'].slice(0, 2));
    const results = await runOnce(model, { a: float32([2], [0, 1]), b: float32([2], [0, 0]) });
    expect(numbersOf(results['a_grad'])).toEqual(numbersOf(results['b_grad']));
  });
});

describe('what cannot be differentiated', () => {
  test('names operator and node of a missing rule, where it sits, and what helps', () => {
    const builder = new GraphBuilder();
    const x = builder.input('x', 'float32', [2]);
    builder.node('Exp', [x], {}, { name: 'the_exp', outputs: ['exponential'] });
    const inputs = ['exponential', builder.scalar(1)];
    builder.node('CastLike', inputs, {}, { name: 'the_cast', outputs: ['cast'] });
    builder.node('Sin', ['cast'], {}, { name: 'the_sine', outputs: ['sine'] });
    builder.output(sumOf(builder, 'sine'), 'loss');
    let error: unknown;
    try {
      differentiate(builder, 'loss', ['x']);
    } catch (caught) {
      error = caught;
    }
    expect(error).toBeInstanceOf(MissingGradientError);
    expect(error).toMatchObject({ operator: 'CastLike', node: 'the_cast' });
    const { message } = error as Error;
    expect(message).toMatch(/CastLike node 'the_cast' \(exponential, constant\) -> \(cast\)/);
    expect(message).toContain("after Exp 'the_exp' and Constant 'constant', before Sin 'the_sine'");
    expect(message).toContain('expandOperators');
  });

  test('refuses a loss with many elements, and integers', () => {
    const builder = new GraphBuilder();
    const x = builder.input('x', 'float32', [2]);
    const k = builder.input('k', 'int64', [2]);
    const y = builder.op('Exp', [x], {}, 'y');
    expect(() => differentiate(builder, y, ['x'])).toThrow(
      /'y' of shape \[2\]: only a value with one element/,
    );
    expect(() => differentiate(builder, y, [k])).toThrow(/'k': its type is int64/);
  });
});

test('Dropout in training mode scales what its mask kept', async () => {
  const builder = new GraphBuilder();
  const x = builder.input('x', 'float32', [1000]);
  const training = builder.constant(tensorOf('bool', [], [1]));
  const y = builder.op('Dropout', [x, builder.scalar(0.25), training], {}, 'dropped');
  builder.output(y, 'y');
  builder.output(sumOf(builder, builder.op('Mul', [y, y])), 'loss');
  const results = await runOnce(gradientModel(builder.build(), 'loss', ['x']), {
    x: float32([1000], new Float32Array(1000).fill(3)),
  });
  const outputs = numbersOf(results['y']);
  expect(new Set(outputs)).toEqual(new Set([0, 4]));
  const gradients = numbersOf(results['x_grad']);
  gradients.forEach((g, k) => {
    expect(g).toBeCloseTo(outputs[k] === 0 ? 0 : (2 * 4) / 0.75, 4);
  });
});
