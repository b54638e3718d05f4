import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { gradientModel } from '../../../shared/autodiff/gradient-model.ts';
import { GraphBuilder } from '../../../shared/onnx/builder.ts';
import { expandOperators } from '../../../shared/onnx/expand/expand.ts';
import { trainingExpansionOf } from '../../../shared/onnx/expand/recurrent/unroll.ts';
import { importModel } from '../../../shared/onnx/import.ts';
import type { Model } from '../../../shared/onnx/model.ts';
import { prune } from '../../../shared/onnx/prune.ts';
import { float32, int64, type TensorMap } from '../../../shared/onnx/tensor.ts';
import { distance, numbersOf, runOnce } from '../autodiff/run.ts';

interface Case {
  readonly x: number[];
  readonly lengths: number[] | null;
  readonly weights: number[];
  readonly y: number[];
  readonly gradients: Record<string, number[]>;
}

const folder = new URL('../../data/onnx/', import.meta.url);
const { cases } = JSON.parse(readFileSync(new URL('recurrent.json', folder), 'utf8')) as {
  cases: Record<string, Case>;
};

/** The file with loss = sum(y * weights). */
function withLoss(name: string, { weights }: Case): Model {
  const builder = GraphBuilder.from(importModel(readFileSync(new URL(`recurrent-${name}.onnx`, folder))));
  const weighed = builder.op('Mul', ['y', builder.constant(float32([3, 2], weights))]);
  builder.output(builder.op('ReduceSum', [weighed], { keepdims: 0 }), 'loss');
  return builder.build();
}

function feedsOf({ x, lengths }: Case): TensorMap {
  return { x: float32([3, 6, 3], x), ...(lengths && { lengths: int64([3], lengths) }) };
}

describe('recurrent networks as PyTorch exports them', () => {
  test.each(Object.entries(cases))(
    '%s: outputs and gradients are those of PyTorch in float64',
    async (name, one) => {
      const model = withLoss(name, one);
      expect(model.graph.nodes.map(({ op }) => op)).toContain(name.toUpperCase());
      const wanted = Object.keys(one.gradients);
      expect(wanted.length).toBeGreaterThan(5);
      const gradient = gradientModel(model, 'loss', wanted);
      // The large ones take seconds to load in WebAssembly, and hold no other operators.
      for (const provider of name === 'rnn' ? (['cpu', 'wasm'] as const) : (['cpu'] as const)) {
        const results = await runOnce(gradient, feedsOf(one), provider);
        const y = distance(numbersOf(results['y']), one.y);
        expect(y.error / y.size).toBeLessThan(1e-5);
        for (const value of wanted) {
          const { error, size } = distance(
            numbersOf(results[`${value}_grad`]),
            one.gradients[value] as number[],
          );
          expect(error / size, value).toBeLessThan(2e-5);
        }
      }
    },
  );

  test('the zeros that the exporter starts from cost nothing: no product with the state in the first steps', () => {
    const model = importModel(readFileSync(new URL('recurrent-gru.onnx', folder)));
    const unrolled = expandOperators(model, { rowOf: trainingExpansionOf });
    const pruned = prune(unrolled, ['y']).graph.nodes;
    expect(pruned.some(({ op }) => op === 'ConstantOfShape')).toBe(false);
    // Two layers, two directions: one product for all inputs, and one for each of 5 further steps.
    expect(pruned.filter(({ op }) => op === 'Gemm')).toHaveLength(4 * (1 + 5));
  });
});
