import { describe, expect, test } from 'vitest';
import { gradientModel } from '../../../shared/autodiff/gradient-model.ts';
import { RULES } from '../../../shared/autodiff/table.ts';
import { directional } from './numeric.ts';
import { distance, numbersOf, runOnce } from './run.ts';
import { allFeedsOf, modelOf, nameOf, type Spec, wantedOf } from './spec.ts';
import { SPECS } from './specs.ts';

const of = (...checks: Spec['check'][]) => SPECS.filter((spec) => checks.includes(spec.check));
const named = (specs: readonly Spec[]) => specs.map((spec) => [nameOf(spec), spec] as const);

describe('the registry', () => {
  test('has a spec for every operator', () => {
    const covered = new Set(SPECS.map((spec) => spec.op));
    expect([...RULES.keys()].filter((op) => !covered.has(op))).toEqual([]);
  });

  test('knows every operator that has a spec, and names no row twice', () => {
    expect(SPECS.filter((spec) => !RULES.has(spec.op)).map(nameOf)).toEqual([]);
    expect(new Set(SPECS.map(nameOf)).size).toBe(SPECS.length);
  });
});

describe('in float64, against a central difference', () => {
  for (const target of ['cpu', 'webgpu'] as const) {
    test.each(named(of('float64')))(`${target} form of %s`, async (_, spec) => {
      const { analytic, numeric, scale } = await directional(
        modelOf(spec, 'float64'),
        allFeedsOf(spec, 'float64'),
        wantedOf(spec),
        'float64',
        target,
      );
      expect(Math.abs(analytic - numeric)).toBeLessThan(1e-6 * scale);
    });
  }
});

describe('in float32, against a central difference', () => {
  test.each(named(of('float32', 'oracle')))('%s', async (_, spec) => {
    const { analytic, numeric, scale } = await directional(
      modelOf(spec),
      allFeedsOf(spec),
      wantedOf(spec),
      'float32',
    );
    expect(Math.abs(analytic - numeric)).toBeLessThan(1e-2 * scale);
  });
});

describe('structurally zero', () => {
  test.each(named(of('zero')))('%s', async (_, spec) => {
    expect(RULES.get(spec.op)?.kind).not.toBe('rule');
    const wanted = wantedOf(spec);
    const results = await runOnce(gradientModel(modelOf(spec), 'loss', wanted), allFeedsOf(spec));
    for (const name of wanted) expect(numbersOf(results[`${name}_grad`]).every((g) => g === 0)).toBe(true);
  });
});

describe('with a symbolic batch', () => {
  test.each(named(SPECS.filter((spec) => spec.batch)))(
    '%s gives the gradients of the fixed batch',
    async (_, spec) => {
      const feeds = allFeedsOf(spec);
      const wanted = wantedOf(spec);
      const fixed = await runOnce(gradientModel(modelOf(spec), 'loss', wanted), feeds);
      for (const target of ['cpu', 'webgpu'] as const) {
        const symbolic = gradientModel(modelOf(spec, 'float32', { batch: true }), 'loss', wanted, target);
        expect(symbolic.graph.inputs.some(({ dims }) => dims[0] === 'batch')).toBe(true);
        const results = await runOnce(symbolic, feeds);
        for (const name of wanted) {
          const expected = fixed[`${name}_grad`];
          expect(results[`${name}_grad`]?.dims).toEqual(expected?.dims);
          const { error, size } = distance(numbersOf(results[`${name}_grad`]), numbersOf(expected));
          expect(error).toBeLessThan(1e-5 * size + 1e-6);
        }
      }
    },
  );
});
