import { cpus } from 'node:os';
import { setTimeout as wait } from 'node:timers/promises';

/** Above this share of busy processor time, others disturb what is measured. */
export const DISTURBED = 0.15;

/**
 * The share of the machine's processor time that is in use while this process does nothing. Threads that wait for each
 * other by spinning (OpenMP's, in PyTorch) slow down many times more than by this share when a core is taken from one
 * of them: a ratio from a busy machine says nothing.
 */
export async function busyShare(milliseconds = 1_000): Promise<number> {
  const before = processorTimes();
  await wait(milliseconds);
  const after = processorTimes();
  const total = after.total - before.total;
  return total === 0 ? 0 : 1 - (after.idle - before.idle) / total;
}

function processorTimes(): { readonly idle: number; readonly total: number } {
  let idle = 0;
  let total = 0;
  for (const { times } of cpus()) {
    idle += times.idle;
    total += times.user + times.nice + times.sys + times.irq + times.idle;
  }
  return { idle, total };
}
