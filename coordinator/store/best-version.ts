import type { RunReader } from './read-run.ts';
import { bestOf } from './retention.ts';

/** The commit that is best by the job's metric, and when it was. */
export interface BestVersion {
  /** `checkpoint.best` of the job. */
  readonly metric: string;
  readonly value: number;
  readonly version: number;
  readonly round: number;
  /** Epochs done; undefined where the run evaluated at another moment. */
  readonly epoch?: number;
}

/** @returns undefined where the job keeps no best one, or none was evaluated yet */
export function bestVersion(run: RunReader, metric: string | undefined): BestVersion | undefined {
  if (metric === undefined) return undefined;
  const best = bestOf(run.versions(), metric);
  if (!best) return undefined;
  const { incarnation, version, round, metrics } = best;
  const evaluation = run
    .evaluations()
    .find((each) => each.incarnation === incarnation && each.version === version);
  return {
    ...{ metric, value: metrics[metric]!, version, round },
    ...(evaluation && { epoch: evaluation.epoch }),
  };
}
