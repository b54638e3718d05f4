import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../../engines/engine.ts';
import { createOnnxRuntimeNode } from '../../../engines/onnxruntime-node.ts';
import { optionalMetrics } from '../../../shared/job/metric-names.ts';
import { averagePrecision, rocAuc } from '../../../shared/nn/metrics/binned.ts';
import { addSums, higherIsBetter, type Sums } from '../../../shared/nn/metrics/metrics.ts';
import { optionalMetricsOf } from '../../../shared/nn/metrics/optional.ts';
import type { TargetSpec } from '../../../shared/nn/specs.ts';
import { GraphBuilder } from '../../../shared/onnx/builder.ts';
import { float32, int32, sizeOf } from '../../../shared/onnx/tensor.ts';
import { appendSums } from '../../../shared/programs/sums.ts';

interface Case {
  readonly kind: 'class' | 'binary';
  readonly logits: number[][];
  readonly target: number[];
  readonly exact: Record<string, number>;
  readonly binned: Record<string, number>;
}

const cases: Case[] = JSON.parse(
  readFileSync(new URL('../../data/nn/metrics.json', import.meta.url), 'utf8'),
);

let engine: Engine;
beforeAll(async () => {
  engine = await createOnnxRuntimeNode({ threads: 1 });
});
afterAll(() => engine.close());

const spec = ({ kind, logits }: Case): TargetSpec =>
  kind === 'binary'
    ? { kind, classes: ['no', 'yes'] }
    : { kind, classes: Array.from(logits[0]!, (_, index) => String(index)) };

function appended(row: Case, metrics: readonly string[]) {
  const builder = new GraphBuilder();
  builder.input('logits', 'float32', ['batch', row.logits[0]!.length]);
  const loss =
    row.kind === 'class'
      ? ({ kind: 'cross-entropy', weights: undefined, labelSmoothing: 0, ignore: undefined } as const)
      : ({ kind: 'binary-cross-entropy', positiveWeight: undefined } as const);
  const outputs = appendSums(builder, ['logits'], loss, spec(row), { evaluate: true, metrics });
  return { model: builder.build(), ...outputs };
}

/** The sums of an evaluation program over ranges of rows, each a batch, as members send them. */
async function measure(
  row: Case,
  metrics: readonly string[],
  ranges: readonly [number, number][],
): Promise<Sums> {
  const { model, sums, extras } = appended(row, metrics);
  const executable = await engine.compile({ model });
  let total: Sums = {};
  for (const [start, end] of ranges) {
    const results = Object.fromEntries([
      ...sums.map((name) => [name, float32([], [0])] as const),
      ...extras.map(({ name, dims }) => [name, float32(dims, new Float32Array(sizeOf(dims)))] as const),
    ]);
    const target = row.target.slice(start, end);
    await executable.run(
      {
        logits: float32([end - start, row.logits[0]!.length], row.logits.slice(start, end).flat()),
        target: row.kind === 'class' ? int32([end - start], target) : float32([end - start], target),
      },
      results,
    );
    for (const name of sums) total = addSums(total, { [name]: results[name]!.data[0] as number });
    for (const { name } of extras) {
      const cells = Array.from(results[name]!.data as Float32Array, (value, i) => [`${name}.${i}`, value]);
      total = addSums(total, Object.fromEntries(cells));
    }
  }
  await executable.release();
  return total;
}

describe("optional metrics equal scikit-learn's stored values", () => {
  it.each(cases.map((row) => [`${row.kind}, ${row.logits[0]!.length} logits`, row] as const))(
    '%s, summed over batches',
    async (_, row) => {
      const names = [...optionalMetrics(row.kind)];
      const cut = Math.floor(row.target.length / 3);
      const sums = await measure(row, names, [
        [0, cut],
        [cut, row.target.length],
      ]);
      const classes = row.kind === 'binary' ? 2 : row.logits[0]!.length;
      const ours = optionalMetricsOf(names, sums, { classes, binary: row.kind === 'binary' });
      expect(Object.keys(ours).sort()).toEqual(Object.keys({ ...row.exact, ...row.binned }).sort());
      for (const [name, value] of Object.entries(row.exact))
        expect([name, ours[name]]).toEqual([name, expect.closeTo(value, 5)]);
      // Rows in one bin are tied.
      for (const [name, value] of Object.entries(row.binned))
        expect(Math.abs(ours[name]! - value)).toBeLessThan(0.01);
    },
  );

  it('counts the same whether a batch is cut or not', async () => {
    for (const row of cases) {
      const names = ['roc-auc', 'pr-auc', 'top-3-accuracy'].filter((name) =>
        optionalMetrics(row.kind).includes(name),
      );
      const whole = await measure(row, names, [[0, row.target.length]]);
      const parts = await measure(row, names, [
        [0, 1],
        [1, 30],
        [30, row.target.length],
      ]);
      const counts = (sums: Sums) =>
        Object.entries(sums).filter(([name]) => /^(scores|confusion|top_|correct|examples)/.test(name));
      expect(counts(parts)).toEqual(counts(whole));
    }
  });
});

describe('optional metrics', () => {
  it('cost nothing where they are not asked for', () => {
    const plain = appended(cases[0]!, []);
    expect(plain.extras.map(({ name }) => name)).toEqual(['confusion']);
    expect(plain.model.graph.nodes.some(({ outputs }) => outputs[0]!.startsWith('metrics/'))).toBe(false);
  });

  it('leave rows out whose class is ignored', async () => {
    const row: Case = { ...cases[0]!, target: cases[0]!.target.map((value, i) => (i % 2 ? -1 : value)) };
    const sums = await measure(
      row,
      ['log-loss', 'calibration-error', 'top-3-accuracy'],
      [[0, row.target.length]],
    );
    expect(sums['calibration.0']).toBe(row.target.length / 2);
    expect(sums['examples']).toBe(row.target.length / 2);
    expect(sums['top_3_correct']).toBeLessThanOrEqual(row.target.length / 2);
  });

  it('refuse a curve of more classes than an update has room for', () => {
    const wide: Case = { ...cases[0]!, logits: [new Array(40).fill(0)], target: [0] };
    expect(() => appended(wide, ['roc-auc'])).toThrow(
      /for up to 32 classes, and there are 40: leave them out/,
    );
  });

  it('are undefined without rows of both kinds, and then left out', () => {
    expect(rocAuc([3, 1], [0, 0])).toBeNaN();
    expect(averagePrecision([0, 0], [2, 1])).toBeNaN();
    expect(
      optionalMetricsOf(['roc-auc', 'f1', 'log-loss'], { examples: 3 }, { classes: 2, binary: true }),
    ).toEqual({});
  });

  it('know which way is up', () => {
    const lower = optionalMetrics('class').filter((name) => !higherIsBetter(name));
    expect(lower).toEqual(['log-loss', 'calibration-error']);
  });
});
