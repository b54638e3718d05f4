import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { gradientModel } from '../../../shared/autodiff/gradient-model.ts';
import { distance, numbersOf, runOnce } from './run.ts';
import { allFeedsOf, modelOf, nameOf, type Spec, valuesOf, wantedOf } from './spec.ts';
import { SPECS } from './specs.ts';

const cases = new URL('../../data/autodiff/cases.json', import.meta.url);
const values = new URL('../../data/autodiff/values.json', import.meta.url);
const specs = SPECS.filter((spec) => spec.check === 'oracle');

/** What oracle.py reads: everything that it needs to compute the same loss. */
function caseOf(spec: Spec) {
  const feeds = allFeedsOf(spec);
  return {
    name: nameOf(spec),
    op: spec.op,
    attributes: spec.attributes ?? {},
    inputs: spec.inputs.map((input, k) =>
      input.absent ? null : { dims: input.dims, values: valuesOf(spec, k) },
    ),
    wanted: wantedOf(spec),
    used: spec.used ?? [0],
    weights: Object.fromEntries(
      Object.entries(feeds)
        .filter(([name]) => name.startsWith('weight'))
        .map(([name, tensor]) => [name, { dims: tensor.dims, values: numbersOf(tensor) }]),
    ),
  };
}

const text = `${JSON.stringify(specs.map(caseOf))}\n`;
if (process.env['WRITE_ORACLE_CASES'] || !existsSync(cases)) writeFileSync(cases, text);
const stored: Record<string, Record<string, number[]>> = existsSync(values)
  ? JSON.parse(readFileSync(values, 'utf8'))
  : {};

describe("in float32, against PyTorch's float64", () => {
  test('the stored cases are the ones of the specs (else: WRITE_ORACLE_CASES=1, then oracle.py)', () => {
    expect(JSON.parse(readFileSync(cases, 'utf8'))).toEqual(JSON.parse(text));
  });

  for (const target of ['cpu', 'webgpu'] as const) {
    test.each(specs.map((spec) => [nameOf(spec), spec] as const))(
      `${target} form of %s`,
      async (name, spec) => {
        const expected = stored[name];
        expect(expected, 'no stored values: run oracle.py').toBeDefined();
        const wanted = wantedOf(spec);
        const results = await runOnce(gradientModel(modelOf(spec), 'loss', wanted, target), allFeedsOf(spec));
        for (const input of wanted) {
          const { error, size } = distance(numbersOf(results[`${input}_grad`]), expected?.[input] ?? []);
          // The floor is float32's own rounding, for gradients that cancel to nothing.
          expect(error).toBeLessThan(1e-5 * size + 1e-6);
        }
      },
    );
  }
});
