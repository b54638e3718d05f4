import { describe, expect, test } from 'vitest';
import { gradientModel } from '../../../shared/autodiff/gradient-model.ts';
import { GraphBuilder } from '../../../shared/onnx/builder.ts';
import type { Tensor } from '../../../shared/onnx/tensor.ts';
import { numbersOf, runOnce } from './run.ts';

const VALUES = [-2, -1.3, -0.26, -0.04, 0, 0.07, 0.31, 0.9, 1.26, 3];
const WEIGHTS = VALUES.map((_, k) => Math.fround(0.5 - 0.17 * k));
const f32 = (dims: number[], values: readonly number[]): Tensor => ({
  type: 'float32',
  dims,
  data: Float32Array.from(values),
});

/** loss = sum(weight dequantise(moved(quantise(x)))), with one scale. */
async function fake(
  move: (builder: GraphBuilder, q: string) => string,
  type: 'int8' | 'uint8',
  zero: number,
) {
  const builder = new GraphBuilder();
  const x = builder.input('x', 'float32', [2, 5]);
  const scale = builder.input('scale', 'float32', []);
  const data = type === 'int8' ? Int8Array.of(zero) : Uint8Array.of(zero);
  const point = builder.constant({ type, dims: [], data });
  const q = move(builder, builder.op('QuantizeLinear', [x, scale, point]));
  const y = builder.op('DequantizeLinear', [q, scale, point]);
  const weighted = builder.op('Mul', [y, builder.constant(f32([2, 5], WEIGHTS))]);
  builder.output(builder.op('ReduceSum', [weighted], { keepdims: 0 }), 'loss');
  const model = gradientModel(builder.build(), 'loss', ['x', 'scale']);
  return runOnce(model, { x: f32([2, 5], VALUES), scale: f32([], [0.01]) });
}

/** What LSQ (arXiv:1902.08153, eq. 3) says of the scale, and straight-through of the data. */
function expected(low: number, high: number, zero: number) {
  const s = Math.fround(0.01);
  let scale = 0;
  const x = VALUES.map((value, k) => {
    const place = value / s + zero;
    const rounded = Math.min(high, Math.max(low, Math.round(place)));
    const inside = Math.round(place) >= low && Math.round(place) <= high;
    scale += WEIGHTS[k]! * (inside ? rounded - place : rounded - zero);
    return inside ? WEIGHTS[k]! : 0;
  });
  return { x, scale };
}

describe('quantising and dequantising again', () => {
  test.each([
    ['int8', -128, 127, 0],
    ['int8', -128, 127, -20],
    ['uint8', 0, 255, 128],
  ] as const)(
    '%s from %d to %d, zero point %d: straight-through inside, 0 where clipped',
    async (type, low, high, zero) => {
      const results = await fake((_, q) => q, type, zero);
      const { x, scale } = expected(low, high, zero);
      expect(x.some((g) => g === 0) && x.some((g) => g !== 0)).toBe(true);
      numbersOf(results['x_grad']).forEach((g, k) => {
        expect(g).toBeCloseTo(x[k]!, 5);
      });
      expect(Math.abs(numbersOf(results['scale_grad'])[0]! - scale)).toBeLessThan(1e-3 * Math.abs(scale));
    },
  );

  test('reshaped and transposed in between', async () => {
    const results = await fake(
      (builder, q) => {
        const flat = builder.op('Reshape', [q, builder.ints([5, 2])]);
        return builder.op('Reshape', [
          builder.op('Transpose', [builder.op('Transpose', [flat], { perm: [1, 0] })], { perm: [1, 0] }),
          builder.ints([2, 5]),
        ]);
      },
      'int8',
      0,
    );
    numbersOf(results['x_grad']).forEach((g, k) => {
      expect(g).toBeCloseTo(expected(-128, 127, 0).x[k]!, 5);
    });
  });
});

test('DynamicQuantizeLinear and DequantizeLinear: the gradient passes as it is', async () => {
  const builder = new GraphBuilder();
  const x = builder.input('x', 'float32', [2, 5]);
  const [q, scale, zero] = builder.node('DynamicQuantizeLinear', [x], {}, { outputs: 3 }) as [
    string,
    string,
    string,
  ];
  const y = builder.op('DequantizeLinear', [q, scale, zero]);
  const weighted = builder.op('Mul', [y, builder.constant(f32([2, 5], WEIGHTS))]);
  builder.output(builder.op('ReduceSum', [weighted], { keepdims: 0 }), 'loss');
  const results = await runOnce(gradientModel(builder.build(), 'loss', ['x']), { x: f32([2, 5], VALUES) });
  numbersOf(results['x_grad']).forEach((g, k) => {
    expect(g).toBeCloseTo(WEIGHTS[k]!, 5);
  });
});

test('MaxPool over quantised numbers passes the gradient to the largest', async () => {
  const builder = new GraphBuilder();
  const x = builder.input('x', 'float32', [1, 1, 2, 2]);
  const scale = builder.scalar(0.1);
  const q = builder.op('QuantizeLinear', [x, scale]);
  const pooled = builder.op('MaxPool', [q], { kernel_shape: [2, 2] });
  const y = builder.op('DequantizeLinear', [pooled, scale]);
  builder.output(builder.op('ReduceSum', [y], { keepdims: 0 }), 'loss');
  const model = gradientModel(builder.build(), 'loss', ['x']);
  const results = await runOnce(model, { x: f32([1, 1, 2, 2], [0.3, 2.5, 1, 0.2]) });
  numbersOf(results['x_grad']).forEach((g, k) => {
    expect(g).toBeCloseTo([0, 1, 0, 0][k]!, 6);
  });
});
