import { freemem } from 'node:os';

/** Bytes that this process could still take: of the machine, or of the container that it is in. */
export function freeMemory(): number {
  return process.availableMemory?.() ?? freemem();
}
