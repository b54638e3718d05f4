import type { RoundConfig } from './config.ts';
import type { OwnEvaluation } from './state.ts';

type Metrics = Readonly<Record<string, number>>;

/**
 * Beside `participants`, of an evaluation by fewer than the run has as its minimum: how many it takes. It is one of the metrics, so
 * that whoever reads them later, from a commit or the books, knows it without the job.
 */
export const MINIMUM_PARTICIPANTS = 'minimum-participants';

/** A round waits for its minimum of members, an evaluation for nobody: they may have gone since. */
export function fewParticipants(
  { federated, minimumMembers }: RoundConfig,
  { tally }: OwnEvaluation,
): Metrics {
  // A job may ask for a sample that is smaller than that.
  const least = Math.min(minimumMembers, federated?.evaluating ?? 0);
  return tally.received < least ? { [MINIMUM_PARTICIPANTS]: least } : {};
}

/** Whether the figures are those of so few participants that they are shown, but never compared with others. */
export function isOfTooFew(metrics: Metrics): boolean {
  return MINIMUM_PARTICIPANTS in metrics;
}
