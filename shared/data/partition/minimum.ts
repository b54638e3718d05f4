import { z } from 'zod';
import type { Random } from '../../parameters/random.ts';
import { gather, shuffled } from './dealing.ts';
import { PartitionError, type PartitionFault } from './partition-error.ts';

export const minimumRows = z
  .int()
  .nonnegative()
  .max(1e6)
  .default(1)
  .meta({ description: 'Rows that every client has at least.', examples: [10] });

/** Every client needs a row at least. */
export function tooMany(rows: number): PartitionFault {
  return { at: 'clients', allowed: [`1 to ${rows}, which is how many rows there are`] };
}

/** @throws PartitionError when there are too few rows for so many clients. */
export function requireRows(rows: number, clients: number, minimum: number): void {
  if (rows >= clients * minimum) return;
  throw new PartitionError(
    `${clients} clients with ${minimum} rows each need ${clients * minimum} rows, and there are ${rows}: ask for fewer clients, or a smaller minimum.`,
    rows < clients ? tooMany(rows) : { at: 'minimum', allowed: [`at most ${Math.floor(rows / clients)}`] },
  );
}

/**
 * Gives clients below the minimum what they lack, in place: the largest are cut down to a common level, by just as many
 * rows, drawn at random. Drawing anew until all have enough would hardly ever end with many clients and a small alpha.
 */
export function level(owner: Uint32Array, clients: number, minimum: number, random: Random): void {
  const held = gather(owner, clients);
  const needs = held.map(({ length }) => Math.max(0, minimum - length));
  let missing = needs.reduce((sum, need) => sum + need, 0);
  if (missing === 0) return;
  const height = levelFor(
    held.map(({ length }) => length),
    missing,
  );
  let needy = 0;
  for (const rows of held) {
    if (rows.length <= height) continue;
    const order = shuffled(rows.length, random);
    for (let at = height; at < rows.length && missing > 0; at++, missing--) {
      while (needs[needy] === 0) needy++;
      owner[rows[order[at]!]!] = needy;
      needs[needy]!--;
    }
  }
}

/** The greatest level above which at least so many rows stand. */
function levelFor(sizes: readonly number[], wanted: number): number {
  let [low, high] = [0, sizes.reduce((most, size) => Math.max(most, size), 0)];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    const above = sizes.reduce((sum, size) => sum + Math.max(0, size - middle), 0);
    if (above >= wanted) low = middle;
    else high = middle - 1;
  }
  return low;
}
