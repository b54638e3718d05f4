import { describe, expect, test } from 'vitest';
import { gradientModel } from '../../../shared/autodiff/gradient-model.ts';
import { checkModel } from '../../../shared/onnx/check.ts';
import { expandOperators } from '../../../shared/onnx/expand/expand.ts';
import { trainingExpansionOf } from '../../../shared/onnx/expand/recurrent/unroll.ts';
import { directional } from './numeric.ts';
import { floatInputsOf, RECURRENT_CASES, recurrentFeeds, recurrentModel } from './recurrent-models.ts';
import { distance, numbersOf, runOnce } from './run.ts';

const cases = RECURRENT_CASES.map((spec) => [spec.name, spec] as const);

describe('unrolled, a recurrent operator gives what ONNX Runtime gives for it', () => {
  test.each(cases)('%s', async (_, spec) => {
    const model = recurrentModel(spec);
    const unrolled = expandOperators(model, { rowOf: trainingExpansionOf });
    checkModel(unrolled);
    expect(unrolled.graph.nodes.some(({ op }) => op === spec.op)).toBe(false);
    const feeds = recurrentFeeds(spec);
    const [own, expected] = [await runOnce(unrolled, feeds), await runOnce(model, feeds)];
    for (const { name } of model.graph.outputs) {
      const { error, size } = distance(numbersOf(own[name]), numbersOf(expected[name]));
      expect(size).toBeGreaterThan(0);
      expect(error / size).toBeLessThan(2e-6);
    }
  });
});

describe('trained, where a row of length 0 kept its initial state and the exported file gave 0, it gives the same', () => {
  test.each(cases.filter(([name]) => /lengths/.test(name)))('%s', async (_, spec) => {
    const model = recurrentModel(spec);
    const feeds = recurrentFeeds(spec);
    const trained = await runOnce(gradientModel(model, 'loss', floatInputsOf(spec)), feeds);
    const exported = await runOnce(model, feeds);
    for (const { name } of model.graph.outputs) {
      const { error, size } = distance(numbersOf(trained[name]), numbersOf(exported[name]));
      expect(size).toBeGreaterThan(0);
      expect(error / size).toBeLessThan(2e-6);
    }
  });
});

describe('gradients of recurrent operators against a central difference, in float64 where there are kernels', () => {
  test.each(cases)('%s', async (_, spec) => {
    const type = spec.noDouble ? 'float32' : 'float64';
    const wanted = floatInputsOf(spec);
    const result = await directional(recurrentModel(spec, type), recurrentFeeds(spec, type), wanted, type);
    const { analytic, numeric, scale } = result;
    expect(Math.abs(analytic - numeric)).toBeLessThan((spec.noDouble ? 1e-2 : 1e-6) * scale);
  });

  test.each(cases.filter(([name]) => /lengths/.test(name)))('the same on wasm: %s', async (_, spec) => {
    const gradient = gradientModel(recurrentModel(spec), 'loss', floatInputsOf(spec));
    const feeds = recurrentFeeds(spec);
    const [cpu, wasm] = [await runOnce(gradient, feeds), await runOnce(gradient, feeds, 'wasm')];
    for (const name of floatInputsOf(spec)) {
      const { error, size } = distance(numbersOf(wasm[`${name}_grad`]), numbersOf(cpu[`${name}_grad`]));
      expect(error / size).toBeLessThan(1e-5);
    }
  });
});

test('backwards, the loop of an LSTM keeps what carries an adjoint, and all else is computed for all steps at once', () => {
  const spec = RECURRENT_CASES.find(({ name }) => name === 'LSTM of 11 steps')!;
  const gradient = gradientModel(recurrentModel(spec), 'loss', floatInputsOf(spec));
  const bodies = gradient.graph.nodes.flatMap(({ op, attributes }) => {
    const body = op === 'Scan' ? attributes['body'] : undefined;
    return body?.kind === 'graph' ? [body.value] : [];
  });
  const backwards = bodies.at(-1)!.nodes.filter(({ op }) => op !== 'Constant' && op !== 'Identity');
  expect(bodies).toHaveLength(2);
  expect(backwards.map(({ op }) => op).sort()).toEqual(['Add', 'Add', 'Concat', 'Gemm', 'Mul', 'Mul', 'Mul']);
});
