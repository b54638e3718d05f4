import { availableParallelism } from 'node:os';

/** Threads for each of several workers on this machine: the cores, shared out. */
export function threadsFor(workers: number): number {
  return Math.max(1, Math.floor(availableParallelism() / workers));
}
