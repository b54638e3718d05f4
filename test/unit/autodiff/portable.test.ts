import { expect, test } from 'vitest';
import { gradientModel } from '../../../shared/autodiff/gradient-model.ts';
import { NOT_PORTABLE } from './not-portable.ts';
import { distance, numbersOf, runOnce } from './run.ts';
import { allFeedsOf, modelOf, nameOf, type Spec, wantedOf } from './spec.ts';
import { SPECS } from './specs.ts';
import { noDevice, runOnWebGpu } from './webgpu.ts';

/** Every spec where TRIBUTARY_PORTABLE=all, else one of each operator, and one that does not run for each reason. */
const ALL = process.env['TRIBUTARY_PORTABLE'] === 'all';
const differentiated = SPECS.filter((spec) => spec.check !== 'zero');
const reasonOf = (spec: Spec) => NOT_PORTABLE[nameOf(spec)] ?? NOT_PORTABLE[spec.op];
const firstOf = new Set(
  differentiated.filter(
    (spec) => differentiated.find((other) => other.op === spec.op && reasonOf(other) === undefined) === spec,
  ),
);
const chosen = differentiated.filter((spec) => ALL || firstOf.has(spec));

/** Operators whose outputs may come in any order: what two providers give cannot be compared place by place. */
const ANY_ORDER = new Set(['TopK: unsorted, last axis']);

/** A GPU's sine and cosine are good to about 2^-11 (WGSL specification, accuracy of built-in functions). */
const ROUGH = new Set(['Sin', 'Cos', 'Tan']);

const reason = await noDevice();

if (reason !== undefined) {
  test(`there is no WebGPU device here: ${reason}`, () => {
    console.info(`SKIPPED: gradient graphs on webgpu without falling back: ${reason}`);
    expect(reason).not.toBe('');
  });
} else {
  const named = (specs: readonly Spec[]) => specs.map((spec) => [nameOf(spec), spec] as const);

  test.each(named(chosen.filter((spec) => reasonOf(spec) === undefined && !ANY_ORDER.has(nameOf(spec)))))(
    '%s stays on webgpu, and agrees with cpu',
    async (_, spec) => {
      const wanted = wantedOf(spec);
      const feeds = allFeedsOf(spec);
      const expected = await runOnce(gradientModel(modelOf(spec), 'loss', wanted, 'cpu'), feeds);
      const actual = await runOnWebGpu(gradientModel(modelOf(spec), 'loss', wanted, 'webgpu'), feeds);
      for (const name of wanted) {
        const result = numbersOf(actual[`${name}_grad`]);
        const { error, size } = distance(result, numbersOf(expected[`${name}_grad`]));
        expect(error).toBeLessThan((ROUGH.has(spec.op) ? 1e-3 : 1e-4) * size + 1e-5);
      }
    },
  );

  const exceptions = differentiated.filter(reasonOf);
  test.each(named(ALL ? exceptions : oneForEachReason(exceptions)))(
    '%s cannot stay on webgpu: it still lacks what the table says',
    async (_, spec) => {
      const model = gradientModel(modelOf(spec), 'loss', wantedOf(spec), 'webgpu');
      await expect(runOnWebGpu(model, allFeedsOf(spec))).rejects.toThrow();
    },
  );
}

function oneForEachReason(specs: readonly Spec[]): Spec[] {
  return [...new Map(specs.map((spec) => [reasonOf(spec), spec])).values()];
}

test('every exception is about a spec or an operator that is there', () => {
  const known = new Set(SPECS.flatMap((spec) => [nameOf(spec), spec.op]));
  const later = ['RNN', 'GRU', 'LSTM', 'QuantizeLinear', 'DequantizeLinear', 'DynamicQuantizeLinear'];
  expect(Object.keys(NOT_PORTABLE).filter((name) => !known.has(name) && !later.includes(name))).toEqual([]);
});
