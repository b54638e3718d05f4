import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { gradientModel } from '../../../shared/autodiff/gradient-model.ts';
import { distance, numbersOf, runOnce } from './run.ts';
import { allFeedsOf, modelOf, nameOf, type Spec, valuesOf, wantedOf } from './spec.ts';
import { SPECS } from './specs.ts';

const specs = SPECS.filter((spec) => spec.check === 'oracle');
const SETS = [...new Set(specs.map((spec) => spec.set ?? 'core'))];

function fileOf(kind: 'cases' | 'values', set: string): URL {
  return new URL(`../../data/autodiff/${kind}${set === 'core' ? '' : `-${set}`}.json`, import.meta.url);
}

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

const texts = new Map(
  SETS.map((set) => {
    const cases = specs.filter((spec) => (spec.set ?? 'core') === set).map(caseOf);
    return [set, `${JSON.stringify(cases)}\n`] as const;
  }),
);
for (const [set, text] of texts) {
  if (process.env['WRITE_ORACLE_CASES'] || !existsSync(fileOf('cases', set))) {
    writeFileSync(fileOf('cases', set), text);
  }
}
const stored: Record<string, Record<string, number[]>> = Object.assign(
  {},
  ...SETS.map((set) => fileOf('values', set))
    .filter((file) => existsSync(file))
    .map((file) => JSON.parse(readFileSync(file, 'utf8'))),
);

describe("in float32, against PyTorch's float64", () => {
  test.each(SETS)(
    "the stored cases of set '%s' are the ones of the specs (else: WRITE_ORACLE_CASES=1, then oracle.py)",
    (set) => {
      expect(JSON.parse(readFileSync(fileOf('cases', set), 'utf8'))).toEqual(
        JSON.parse(texts.get(set) ?? ''),
      );
    },
  );

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
