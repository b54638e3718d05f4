import { setFlagsFromString } from 'node:v8';

/** The old generation may grow by so many percent between two full collections. */
const GROWTH_PERCENT = { coordinator: 200, member: 400 } as const;

/**
 * Lets a process of this program collect its whole heap less often. V8 derives the next collection from its live
 * objects, 10 to 20 MB here, and counts buffers made since the last one against it: at 4 to 8 MB of updates a round that
 * was a full collection every round or three, and up to half of the processor time. Buffers that are alive are not
 * counted. The coordinator uses the memory of gRPC's messages again, so twice is enough there: four times costs 50 MB
 * more and gains nothing. A member's live heap is half as large, and its client's buffers are fresh: twice is a full
 * collection every third round of 2 MB each way, four times next to none, for 5 MB. Processes only: a library does not
 * change its host's heap.
 */
export function collectLessOften(role: keyof typeof GROWTH_PERCENT): void {
  setFlagsFromString(`--heap-growing-percent=${GROWTH_PERCENT[role]}`);
}
