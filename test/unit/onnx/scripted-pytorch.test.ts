import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { gradientModel } from '../../../shared/autodiff/gradient-model.ts';
import { GraphBuilder } from '../../../shared/onnx/builder.ts';
import { importModel } from '../../../shared/onnx/import.ts';
import { float32 } from '../../../shared/onnx/tensor.ts';
import { distance, numbersOf, runOnce } from '../autodiff/run.ts';

interface Case {
  readonly x: number[];
  readonly weights: number[];
  readonly y: number[];
  readonly gradients: Record<string, number[]>;
}

const folder = new URL('../../data/onnx/', import.meta.url);
const { cases } = JSON.parse(readFileSync(new URL('scripted.json', folder), 'utf8')) as {
  cases: Record<string, Case>;
};

describe('Python loops, branches and lists as TorchScript exports them', () => {
  test.each(Object.entries(cases))(
    '%s: outputs and gradients are those of PyTorch in float64',
    async (name, one) => {
      const builder = GraphBuilder.from(importModel(readFileSync(new URL(`scripted-${name}.onnx`, folder))));
      const weighed = builder.op('Mul', ['y', builder.constant(float32([2, 2], one.weights))]);
      builder.output(builder.op('ReduceSum', [weighed], { keepdims: 0 }), 'loss');
      const wanted = Object.keys(one.gradients);
      const gradient = gradientModel(builder.build(), 'loss', wanted);
      for (const provider of ['cpu', 'wasm'] as const) {
        const results = await runOnce(gradient, { x: float32([2, 5, 3], one.x) }, provider);
        const y = distance(numbersOf(results['y']), one.y);
        expect(y.error / y.size).toBeLessThan(1e-5);
        for (const value of wanted) {
          const expected = one.gradients[value] as number[];
          const { error, size } = distance(numbersOf(results[`${value}_grad`]), expected);
          expect(error / size, value).toBeLessThan(2e-5);
        }
      }
    },
  );
});
