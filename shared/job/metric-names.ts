import type { DataJob } from './job.ts';

type TargetType = DataJob['target']['type'];

/** Metrics that an evaluation reports, by type of target: what `metricsOf` makes of the evaluation program's sums. */
const METRICS: Readonly<Record<TargetType, readonly string[]>> = {
  class: ['accuracy', 'loss'],
  binary: ['accuracy', 'loss'],
  // As shares of the symbols, and of the labels read without a fault.
  symbols: ['label-error-rate', 'accuracy', 'loss'],
  number: ['loss', 'rmse', 'mae', 'r2'],
  none: ['loss', 'rmse', 'mae', 'r2'],
  next: ['loss', 'accuracy', 'perplexity'],
  masked: ['loss', 'accuracy', 'perplexity'],
  // And of each output its own, behind its name.
  several: ['loss'],
};

export function metricNames(target: TargetType): readonly string[] {
  return METRICS[target];
}

/** The metric by which the best checkpoint is kept. */
export function defaultMetric(target: TargetType): string {
  return METRICS[target][0]!;
}

/** Metrics that a job asks for with `evaluate.metrics`; see `shared/nn/metrics/optional.ts`. */
const OPTIONAL: Readonly<Record<TargetType, readonly string[]>> = {
  class: [
    ...['top-3-accuracy', 'top-5-accuracy', 'log-loss', 'calibration-error', 'roc-auc', 'pr-auc'],
    ...['macro-precision', 'macro-recall', 'macro-f1', 'micro-precision', 'micro-recall', 'micro-f1'],
    ...['weighted-f1', 'balanced-accuracy', 'mean-iou'],
  ],
  binary: [
    ...['precision', 'recall', 'f1', 'iou', 'balanced-accuracy'],
    ...['log-loss', 'calibration-error', 'roc-auc', 'pr-auc'],
  ],
  number: [],
  symbols: [],
  none: [],
  next: [],
  masked: [],
  several: [],
};

/** What `evaluate.metrics` may list for a type of target. */
export function optionalMetrics(target: TargetType): readonly string[] {
  return OPTIONAL[target];
}

export const optionalMetricNames: readonly string[] = [...new Set(Object.values(OPTIONAL).flat())];
