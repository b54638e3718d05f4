import type { BestVersion } from '../../coordinator/store/best-version.ts';
import { metric } from './numbers.ts';

/**
 * Which commit was best, and when: `best by accuracy: 99.16 % after epoch 10, round 230 (version 230)`.
 *
 * @param counted whether the run counts epochs
 */
export function bestText(best: BestVersion, counted: boolean): string {
  const epoch = counted && best.epoch !== undefined ? `epoch ${best.epoch}, ` : '';
  return `best by ${best.metric}: ${metric(best.metric, best.value)} after ${epoch}round ${best.round} (version ${best.version})`;
}
