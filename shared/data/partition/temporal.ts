import { z } from 'zod';
import { ownersByOrder } from './by-order.ts';
import { timesOf } from './column-values.ts';
import { partitioner } from './partitioner.ts';

/**
 * Contiguous stretches of time, equally many rows each: client 0 has the oldest. Drift over time becomes skew over clients, as
 * in the continual and cross-silo settings of Kairouz et al. 2021, "Advances and open problems in federated learning" (3.1).
 */
export const temporal = partitioner({
  schema: z.strictObject({
    column: z
      .union([z.string().min(1), z.int().nonnegative()])
      .optional()
      .meta({
        description: 'Column of numbers or of dates like 2026-01-31; the order in the file if left out.',
        examples: ['date'],
      }),
  }),
  shorthand: 'column',
  description: 'Contiguous stretches in order of the file, or of a column of times.',
  example: '{ temporal: date }',
  assign(data, { column }, { clients }) {
    const position = (row: number) => data.position?.(row) ?? row;
    const keys =
      column === undefined
        ? Float64Array.from({ length: data.rows }, (_, row) => position(row))
        : timesOf(data, column);
    return { owner: ownersByOrder(keys, clients, position) };
  },
});
