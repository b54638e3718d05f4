import { higherIsBetter } from '../../shared/nn/metrics/metrics.ts';
import { isOfTooFew } from '../rounds/few-participants.ts';

/** Which checkpoints are kept: the last `keep`, and the best by a metric. */
export interface Retention {
  readonly keep: number;
  /** Name of a metric, as `accuracy` or `loss`. */
  readonly best?: string | undefined;
}

/** Enough to fall back twice. */
export const DEFAULT_RETENTION: Retention = { keep: 3 };

export interface RetainedVersion {
  readonly sequence: number;
  readonly metrics: Readonly<Record<string, number>>;
}

/**
 * The versions that may go.
 *
 * @param versions kept so far, oldest first, the newest of them last; that one always stays.
 */
export function superfluous<T extends RetainedVersion>(versions: readonly T[], retention: Retention): T[] {
  const last = new Set(versions.slice(-Math.max(1, retention.keep)));
  const best = retention.best === undefined ? undefined : bestOf(versions, retention.best);
  return versions.filter((version) => !last.has(version) && version !== best);
}

/** The best by a metric, the first of equals; undefined when none has it. What too few participants measured is not compared. */
export function bestOf<T extends Pick<RetainedVersion, 'metrics'>>(
  versions: readonly T[],
  metric: string,
): T | undefined {
  const sign = higherIsBetter(metric) ? 1 : -1;
  let best: T | undefined;
  let score = Number.NEGATIVE_INFINITY;
  for (const version of versions) {
    const value = isOfTooFew(version.metrics) ? undefined : version.metrics[metric];
    if (value !== undefined && sign * value > score) {
      best = version;
      score = sign * value;
    }
  }
  return best;
}
