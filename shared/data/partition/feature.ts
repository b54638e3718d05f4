import { z } from 'zod';
import { ownersByOrder } from './by-order.ts';
import { numbersOf } from './column-values.ts';
import { PartitionError } from './partition-error.ts';
import { type PartitionData, partitioner } from './partitioner.ts';

/**
 * Skew of features: client i has the rows between the quantiles i/N and (i+1)/N of a column, or of the mean of all features (the
 * brightness of an image), as sites differ in age of patients or in their cameras. Quantiles rather than the noise that Li
 * et al. 2022, "Federated learning on non-IID data silos", add by client: rows stay what they are, so that clients together still
 * hold the data set, and central evaluation means the same; and rather than clusters, whose sizes nobody chose.
 */
export const feature = partitioner({
  schema: z.strictObject({
    column: z
      .union([z.string().min(1), z.int().nonnegative()])
      .optional()
      .meta({ description: 'Column of numbers; the mean of all features if left out.', examples: ['age'] }),
    overlap: z
      .number()
      .nonnegative()
      .max(100)
      .default(0)
      .meta({
        description: 'How far a row may stray, as a share of all rows: 0 cuts sharply, 10 is nearly iid.',
        examples: [0.2],
      }),
  }),
  shorthand: 'column',
  description: 'Ranges of a feature: each client has the rows between two quantiles.',
  example: '{ feature: age }',
  assign(data, { column, overlap }, { clients, random }) {
    const values = column === undefined ? means(data) : numbersOf(data, column);
    // A row's quantile, moved by chance; equal values are in random order.
    const tie = Float64Array.from(values, () => random.next());
    const order = Uint32Array.from(values, (_, row) => row).sort(
      (a, b) => values[a]! - values[b]! || tie[a]! - tie[b]!,
    );
    const keys = new Float64Array(data.rows);
    for (const [rank, row] of order.entries()) keys[row] = rank / data.rows + overlap * random.next();
    return { owner: ownersByOrder(keys, clients) };
  },
});

function means(data: PartitionData): Float64Array {
  return Float64Array.from({ length: data.rows }, (_, row) => {
    const features = data.features?.(row);
    if (!features) {
      throw new PartitionError(
        '"feature" without a column needs rows of numbers: name one, as in feature:age.',
        { at: 'partition', allowed: ['feature with a column of numbers, or another partition'] },
      );
    }
    let sum = 0;
    for (let index = 0; index < features.length; index++) sum += features[index]!;
    if (!Number.isFinite(sum)) throw new PartitionError(`Row ${row} has features that are not finite.`);
    return sum / Math.max(1, features.length);
  });
}
