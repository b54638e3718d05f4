import type { DataJob } from './job.ts';

type TargetType = DataJob['target']['type'];

/** Metrics that an evaluation reports, by type of target: what `metricsOf` makes of the evaluation program's sums. */
const METRICS: Readonly<Record<TargetType, readonly string[]>> = {
  class: ['accuracy', 'loss'],
  binary: ['accuracy', 'loss'],
  number: ['loss', 'rmse', 'mae', 'r2'],
};

export function metricNames(target: TargetType): readonly string[] {
  return METRICS[target];
}

/** The metric by which the best checkpoint is kept. */
export function defaultMetric(target: TargetType): string {
  return METRICS[target][0]!;
}
