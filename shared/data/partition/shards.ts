import { z } from 'zod';
import { cut, equalSizes, rowsByClass, shuffled } from './dealing.ts';
import { PartitionError } from './partition-error.ts';
import { classesOf, partitioner } from './partitioner.ts';

/**
 * The pathological split of McMahan et al. 2017, "Communication-efficient learning of deep networks from decentralized
 * data" (section 3): rows sorted by class are cut into clients · s shards of equal size, and every client gets s at
 * random. A shard spans two classes where a class ends, so that a client has at most about 2s.
 */
export const shards = partitioner({
  schema: z.strictObject({
    each: z
      .int()
      .positive()
      .max(10_000)
      .default(2)
      .meta({ description: 'Shards of a client.', examples: [2] }),
  }),
  shorthand: 'each',
  description: 'Rows sorted by class, cut into shards, so many for each client (McMahan et al. 2017).',
  example: '{ shards: 2 }',
  assign(data, { each }, { clients, random }) {
    const count = clients * each;
    if (data.rows < count) {
      throw new PartitionError(
        `${clients} clients with ${each} shards need ${count} rows at least, and there are ${data.rows}.`,
        { at: 'clients', allowed: [`1 to ${Math.floor(data.rows / each)} with ${each} shards each`] },
      );
    }
    const { order } = rowsByClass(data.rows, classesOf(data, 'shards'), random);
    const shardOf = cut(order, equalSizes(data.rows, count));
    const clientOf = new Uint32Array(count);
    for (const [place, shard] of shuffled(count, random).entries())
      clientOf[shard] = Math.floor(place / each);
    return { owner: shardOf.map((shard) => clientOf[shard]!) };
  },
});
