import { addUp, averagePrecision, BINS, rocAuc, scoreBins } from './binned.ts';
import { type ClassMetrics, type Confusion, confusionOf, perClass } from './confusion.ts';
import { SUM, type Sums } from './metrics.ts';

/** Names of the sums that only optional metrics need, as `appendMetricSums` puts them out. */
export const OPTIONAL_SUM = {
  /** Rows whose class was among the first k. */
  topK: (k: number) => `top_${k}_correct`,
  /** Σ −log p of the true class. */
  surprise: 'surprise',
  /** [3, bins]: rows, Σ confidence, and rows predicted rightly, of confidence at least the bin's lower edge. */
  calibration: 'calibration',
  /** [2, classes, bins]: rows of the class, and of others, whose score for it is at least the bin's lower edge. */
  scores: 'scores',
} as const;

/** What an optional metric is made of. */
interface Given {
  readonly sums: Sums;
  readonly classes: number;
  readonly binary: boolean;
}

type Metric = (given: Given) => number | undefined;

const METRICS: Readonly<Record<string, Metric>> = {
  'top-3-accuracy': ({ sums }) => share(sums[OPTIONAL_SUM.topK(3)], sums[SUM.examples]),
  'top-5-accuracy': ({ sums }) => share(sums[OPTIONAL_SUM.topK(5)], sums[SUM.examples]),
  'log-loss': ({ sums }) => share(sums[OPTIONAL_SUM.surprise], sums[SUM.examples]),
  'calibration-error': ({ sums }) => calibrationError(sums),
  'roc-auc': (given) => overClasses(given, rocAuc),
  'pr-auc': (given) => overClasses(given, averagePrecision),
  precision: ofPositive(({ precision }) => precision),
  recall: ofPositive(({ recall }) => recall),
  f1: ofPositive(({ f1 }) => f1),
  iou: ofPositive(intersectionOverUnion),
  'macro-precision': overOccurring(({ precision }) => precision),
  'macro-recall': overOccurring(({ recall }) => recall),
  'macro-f1': overOccurring(({ f1 }) => f1),
  'weighted-f1': ofConfusion((rows) => {
    const total = addUp(rows.map(({ support }) => support));
    return addUp(rows.map(({ f1, support }) => (support > 0 ? f1 * support : 0))) / total;
  }),
  // Every row has one class and one prediction: all three are the share of rows that are right.
  'micro-precision': ofConfusion(micro),
  'micro-recall': ofConfusion(micro),
  'micro-f1': ofConfusion(micro),
  // Mean recall of the classes that have rows.
  'balanced-accuracy': ofConfusion((rows) =>
    mean(rows.filter(({ support }) => support > 0).map((row) => row.recall)),
  ),
  'mean-iou': overOccurring(intersectionOverUnion),
};

/**
 * The metrics of these names, as scikit-learn defines them (a class that was never predicted has precision 0; macro averages are
 * over classes that occur in targets or predictions; `calibration-error` is that of Guo et al., ICML 2017). One that is undefined
 * is left out.
 *
 * @param sums with `examples`
 */
export function optionalMetricsOf(
  names: readonly string[],
  sums: Sums,
  target: { readonly classes: number; readonly binary: boolean },
): Record<string, number> {
  const metrics: Record<string, number> = {};
  for (const name of names) {
    const value = METRICS[name]?.({ sums, ...target });
    if (value !== undefined && Number.isFinite(value)) metrics[name] = value;
  }
  return metrics;
}

type Row = ClassMetrics & { readonly predicted: number; readonly correct: number };

function rowsOf({ sums, classes }: Given): Row[] | undefined {
  const confusion = confusionOf(sums, classes);
  return confusion && perClass(confusion).map((row) => withCounts(row, confusion));
}

/** With zeros where a share of nothing is asked for, as scikit-learn's `zero_division=0`. */
function withCounts(row: ClassMetrics, confusion: Confusion): Row {
  const predicted = addUp(confusion.map((counts) => counts[row.index]!));
  const correct = confusion[row.index]![row.index]!;
  const zero = (value: number) => (Number.isNaN(value) ? 0 : value);
  return {
    ...row,
    ...{ precision: zero(row.precision), recall: zero(row.recall), f1: zero(row.f1) },
    predicted,
    correct,
  };
}

function ofConfusion(of: (rows: readonly Row[]) => number): Metric {
  return (given) => {
    const rows = rowsOf(given);
    return rows && of(rows);
  };
}

function ofPositive(of: (row: Row) => number): Metric {
  return ofConfusion((rows) => of(rows[1]!));
}

function overOccurring(of: (row: Row) => number): Metric {
  return ofConfusion((rows) =>
    mean(rows.filter(({ support, predicted }) => support + predicted > 0).map(of)),
  );
}

function micro(rows: readonly Row[]): number {
  return addUp(rows.map(({ correct }) => correct)) / addUp(rows.map(({ support }) => support));
}

function intersectionOverUnion({ correct, support, predicted }: Row): number {
  const union = support + predicted - correct;
  return union > 0 ? correct / union : 0;
}

/** Binary: of yes. Classes: each against the rest, mean over those that have rows and others that are not theirs. */
function overClasses(
  { sums, classes, binary }: Given,
  of: (positives: readonly number[], negatives: readonly number[]) => number,
): number | undefined {
  const curves = binary ? 1 : classes;
  const bins = scoreBins(curves);
  const cells = (half: number, index: number) =>
    Array.from(
      { length: bins },
      (_, bin) => sums[`${OPTIONAL_SUM.scores}.${(half * curves + index) * bins + bin}`] ?? 0,
    );
  const values = Array.from({ length: curves }, (_, index) => of(cells(0, index), cells(1, index)));
  const defined = values.filter((value) => !Number.isNaN(value));
  return defined.length > 0 ? mean(defined) : undefined;
}

function calibrationError(sums: Sums): number | undefined {
  const at = (row: number, bin: number) =>
    bin < BINS ? (sums[`${OPTIONAL_SUM.calibration}.${row * BINS + bin}`] ?? 0) : 0;
  const inBin = (row: number, bin: number) => at(row, bin) - at(row, bin + 1);
  const gaps = Array.from({ length: BINS }, (_, bin) => Math.abs(inBin(1, bin) - inBin(2, bin)));
  return share(addUp(gaps), at(0, 0));
}

function share(part: number | undefined, whole: number | undefined): number | undefined {
  return part === undefined || whole === undefined ? undefined : part / whole;
}

function mean(values: readonly number[]): number {
  return addUp(values) / values.length;
}
