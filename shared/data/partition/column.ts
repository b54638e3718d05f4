import { z } from 'zod';
import { columnOf } from './column-values.ts';
import { shuffled } from './dealing.ts';
import { PartitionError } from './partition-error.ts';
import { type PartitionData, partitioner } from './partitioner.ts';

const name = z.union([z.string().min(1), z.int().nonnegative()]).meta({
  description: 'The column that says whose a row is: name, or number without a header.',
  examples: ['author'],
});

/**
 * The natural partition: rows belong together as they were written, taken or measured (LEAF, Caldas et al. 2018: writers of
 * digits, roles of plays). One client for each value; with fewer clients than values, values are dealt round at random,
 * whole, so that no value is on two clients.
 */
export const column = partitioner({
  schema: z.strictObject({ name }),
  shorthand: 'name',
  description: 'One client for each value of a column, or several values each when there are fewer clients.',
  example: '{ column: author }',
  count: (data, options) => distinct(data, options.name).names.length,
  assign(data, options, { clients, random }) {
    const { ids, names } = distinct(data, options.name);
    if (names.length < clients) {
      throw new PartitionError(
        `Column "${options.name}" has ${names.length} different values, too few for ${clients} clients.`,
        { at: 'clients', allowed: [`1 to ${names.length}, or none: one for each value`] },
      );
    }
    if (names.length === clients) return { owner: ids, names };
    const clientOf = new Uint32Array(names.length);
    for (const [place, id] of shuffled(names.length, random).entries()) clientOf[id] = place % clients;
    return { owner: ids.map((id) => clientOf[id]!) };
  },
});

/** Values in order, so that clients do not depend on the order of rows, and the number of each row's value. */
function distinct(data: PartitionData, columnName: string | number) {
  const value = columnOf(data, columnName);
  const seen = new Map<string, number>();
  const ids = Uint32Array.from({ length: data.rows }, (_, row) => {
    const key = String(value(row));
    if (!seen.has(key)) seen.set(key, seen.size);
    return seen.get(key)!;
  });
  const names = [...seen.keys()].sort(inOrder);
  const rank = new Uint32Array(names.length);
  for (const [place, key] of names.entries()) rank[seen.get(key)!] = place;
  return { ids: ids.map((id) => rank[id]!), names };
}

/** Numbers by size before words by code units. */
function inOrder(a: string, b: string): number {
  const [x, y] = [Number(a), Number(b)];
  if (!Number.isNaN(x) && !Number.isNaN(y)) return x - y || (a < b ? -1 : 1);
  if (Number.isNaN(x) !== Number.isNaN(y)) return Number.isNaN(x) ? 1 : -1;
  return a < b ? -1 : 1;
}
