import { z } from 'zod';
import { cut, equalSizes, shuffled } from './dealing.ts';
import { partitioner } from './partitioner.ts';

/** Rows in random order, in parts that differ by at most one row: no skew but that of chance. */
export const iid = partitioner({
  schema: z.strictObject({}),
  description: 'Rows at random, equally many for each client.',
  example: 'iid',
  assign: ({ rows }, _, { clients, random }) => ({
    owner: cut(shuffled(rows, random), equalSizes(rows, clients)),
  }),
});
