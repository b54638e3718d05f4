import { isLocked } from './lock.ts';
import type { RunRecord } from './store.ts';

/** A run as people see it: `interrupted` when it was not ended and no coordinator works on it. */
export type RunStatus = RunRecord['status'] | 'interrupted';

/**
 * What state a run is in now. The store cannot say it alone: a coordinator that was killed writes nothing more.
 *
 * @param directory the run's folder
 */
export function statusOf(directory: string, { status }: Pick<RunRecord, 'status'>): RunStatus {
  const isUnderWay = status === 'running' || status === 'surveying';
  return isUnderWay && isLocked(directory) === false ? 'interrupted' : status;
}
