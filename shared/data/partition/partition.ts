import { DOMAIN } from '../../parameters/philox.ts';
import { createRandom } from '../../parameters/random.ts';
import { gather } from './dealing.ts';
import { tooMany } from './minimum.ts';
import { PartitionError } from './partition-error.ts';
import type { PartitionData, Partitioner } from './partitioner.ts';
import { type PartitionJob, partitioners } from './registry.ts';

/** Rows of each client. */
export interface Partition {
  /** For each client its rows, ascending: views of one array. */
  readonly clients: readonly Uint32Array[];
  /** Names of the clients, where the data give them. */
  readonly names?: readonly string[];
}

const MAX_CLIENTS = 1_000_000;
const MAX_ROWS = 2 ** 31 - 1;

/**
 * Deals every row of a data set to one client. The same for the same data, job, clients and seed; O(rows + clients) memory.
 * Every partitioner gives every row once; no client is empty unless `minimum: 0` allows it.
 *
 * @param clients how many; may be left out where the data say it (`column`)
 * @param seed a whole number in [0, 2^53)
 * @throws PartitionError when the data lack what the partitioner needs, or rows are too few
 */
export function partition(
  data: PartitionData,
  job: PartitionJob,
  { clients, seed }: { readonly clients: number | undefined; readonly seed: number },
): Partition {
  const { rows } = data;
  if (!(Number.isInteger(rows) && rows > 0 && rows <= MAX_ROWS)) {
    throw new PartitionError(`There are ${rows} rows to deal: 1 to ${MAX_ROWS} are wanted.`);
  }
  const chosen: Partitioner = partitioners[job.kind];
  const count = clients ?? chosen.count?.(data, job.options);
  if (count === undefined)
    throw new PartitionError(`"${job.kind}" must be told how many clients there are.`, {
      at: 'clients',
    });
  if (!(Number.isInteger(count) && count > 0 && count <= MAX_CLIENTS)) {
    throw new PartitionError(`${count} clients: a whole number from 1 to ${MAX_CLIENTS} is wanted.`, {
      at: 'clients',
      allowed: [`1 to ${MAX_CLIENTS}`],
    });
  }
  const minimum = (job.options as { readonly minimum?: number }).minimum ?? 1;
  if (rows < count * Math.min(1, minimum)) {
    throw new PartitionError(
      `${rows} rows are too few for ${count} clients: every one needs a row.`,
      tooMany(rows),
    );
  }
  const random = createRandom(seed, DOMAIN.partition);
  const { owner, names } = chosen.assign(data, job.options, { clients: count, random });
  return { clients: gather(owner, count), ...(names && { names }) };
}
