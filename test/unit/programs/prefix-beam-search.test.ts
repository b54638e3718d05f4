import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bestPath, labelOf } from '../../../shared/programs/best-path.ts';
import { prefixBeamSearch } from '../../../shared/programs/prefix-beam-search.ts';

/** Few steps of few outputs, so that all ways through them can be counted. */
interface Steps {
  readonly outputs: number;
  readonly blank: number;
  readonly rows: readonly (readonly number[])[];
}

/** More than there are labels. */
const ALL = 10_000;

function normalized(weights: readonly number[]): number[] {
  const total = weights.reduce((a, b) => a + b);
  return weights.map((weight) => weight / total);
}

const small: fc.Arbitrary<Steps> = fc
  .record({ outputs: fc.integer({ min: 2, max: 4 }), steps: fc.integer({ min: 1, max: 5 }) })
  .chain(({ outputs, steps }) =>
    fc.record({
      outputs: fc.constant(outputs),
      blank: fc.integer({ min: 0, max: outputs - 1 }),
      rows: fc.array(
        fc
          .array(fc.integer({ min: 0, max: 20 }), { minLength: outputs, maxLength: outputs })
          .filter((weights) => weights.some((weight) => weight > 0))
          .map(normalized),
        { minLength: steps, maxLength: steps },
      ),
    }),
  );

/** The label of each way, and Σ over the ways that say it of Π p. */
function countAll({ outputs, blank, rows }: Steps): ReadonlyMap<string, number> {
  const labels = new Map<string, number>();
  for (let number = 0; number < outputs ** rows.length; number++) {
    const way = rows.map((_, step) => Math.floor(number / outputs ** step) % outputs);
    const said = way.filter((output, step) => output !== blank && output !== way[step - 1]);
    const probability = way.reduce((product, output, step) => product * rows[step]![output]!, 1);
    labels.set(said.join(), (labels.get(said.join()) ?? 0) + probability);
  }
  return labels;
}

const search = ({ outputs, blank, rows }: Steps, beams: number) =>
  prefixBeamSearch(rows.flat(), outputs, blank, beams).map(({ outputs: label, logProbability }) => ({
    outputs: label,
    probability: Math.exp(logProbability),
  }));

describe('prefix beam search', () => {
  it('finds all labels with their probabilities, the most probable first, when it drops none', () => {
    fc.assert(
      fc.property(small, (steps) => {
        const counted = [...countAll(steps)].filter(([, probability]) => probability > 0);
        const found = search(steps, ALL);
        expect(found.length).toBe(counted.length);
        expect(new Set(found.map(({ outputs }) => outputs.join())).size).toBe(found.length);
        const known = new Map(counted);
        for (const { outputs, probability } of found)
          expect(probability).toBeCloseTo(known.get(outputs.join())!, 10);
        expect(found[0]!.probability).toBeCloseTo(Math.max(...known.values()), 10);
        const order = found.map(({ probability }) => probability);
        expect(order).toEqual([...order].sort((a, b) => b - a));
      }),
    );
  });

  it('says the probability of all ways to a label, with any number of beams, and at most so many labels', () => {
    fc.assert(
      fc.property(small, fc.integer({ min: 1, max: 4 }), (steps, beams) => {
        const known = countAll(steps);
        const found = search(steps, beams);
        expect(found.length).toBeGreaterThan(0);
        expect(found.length).toBeLessThanOrEqual(beams);
        for (const { outputs, probability } of found)
          expect(probability).toBeCloseTo(known.get(outputs.join())!, 10);
      }),
    );
  });

  // p at every step bounds what other ways may add up to: with p ≥ 3/4 never to more than the best way and those beside it.
  it('with one beam reads the best path where every step is sure by 3/4', () => {
    const sure = small.chain((steps) =>
      fc
        .array(fc.tuple(fc.integer({ min: 0, max: 3 }), fc.double({ min: 0.76, max: 1, noNaN: true })), {
          minLength: steps.rows.length,
          maxLength: steps.rows.length,
        })
        .map((best) => ({
          ...steps,
          rows: steps.rows.map((row, step) => {
            const [output, share] = best[step]!;
            return row.map((p, at) => (1 - share) * p + (at === output % steps.outputs ? share : 0));
          }),
        })),
    );
    fc.assert(
      fc.property(sure, ({ outputs, blank, rows }) => {
        const [read] = search({ outputs, blank, rows }, 1);
        expect(labelOf(read!.outputs, blank, undefined)).toBe(
          bestPath(rows.flat(), outputs, blank, undefined),
        );
      }),
    );
  });

  it('never reads with all beams what is less probable than the label of the best path', () => {
    fc.assert(
      fc.property(small, (steps) => {
        const way = steps.rows.map((row) => row.indexOf(Math.max(...row)));
        const best = way.filter((output, step) => output !== steps.blank && output !== way[step - 1]);
        const probability = countAll(steps).get(best.join())!;
        expect(search(steps, ALL)[0]!.probability).toBeGreaterThanOrEqual(probability - 1e-12);
      }),
    );
  });

  it('adds up ways where the best path says nothing (Graves et al. 2006, figure 2)', () => {
    const rows = [0.6, 0.4, 0.6, 0.4];
    expect(bestPath(rows, 2, 0, ['a'])).toBe('');
    const found = prefixBeamSearch(rows, 2, 0, 2);
    expect(found.map(({ outputs }) => labelOf(outputs, 0, ['a']))).toEqual(['a', '']);
    expect(found.map(({ logProbability }) => Math.exp(logProbability))).toEqual([
      expect.closeTo(0.64, 12),
      expect.closeTo(0.36, 12),
    ]);
  });

  it('reads more steps than have a product that is no zero', () => {
    const sure = (output: number) => [0, 1, 2].map((at) => (at === output ? 0.6 : 0.2));
    const rows = Array.from({ length: 1600 }, (_, step) => sure(step % 4 ? 0 : 1 + ((step / 4) % 2)));
    expect(0.6 ** rows.length).toBe(0);
    const logs = prefixBeamSearch(rows.flat(), 3, 0, 3).map(({ logProbability }) => logProbability);
    expect(logs.length).toBe(3);
    expect(logs.every((log) => log > rows.length * Math.log(0.6) && log < 0)).toBe(true);
    expect(logs).toEqual([...logs].sort((a, b) => b - a));
  });
});
