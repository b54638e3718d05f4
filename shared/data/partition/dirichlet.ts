import { z } from 'zod';
import { logGammas, proportions } from '../../parameters/distributions.ts';
import { equalSizes, rowsByClass, shuffled } from './dealing.ts';
import { level, minimumRows, requireRows } from './minimum.ts';
import { classesOf, type Draw, partitioner } from './partitioner.ts';

/** Rows by class: class k has order[starts[k]] … order[starts[k + 1] − 1]. */
type ByClass = ReturnType<typeof rowsByClass>;

/**
 * Label skew. With `sizes: equal`, Hsu et al. 2019, "Measuring the effects of non-identical data distribution for federated
 * visual classification": every client draws its class distribution from Dir(alpha · p), p that of all rows, and then
 * equally many rows from it, without replacement. With `sizes: varied`, Yurochkin et al. 2019, "Bayesian nonparametric
 * federated learning of neural networks" (and Li et al. 2022): each class has a distribution over clients from Dir(alpha), and
 * its rows go to clients by it, so that sizes differ too.
 */
export const dirichlet = partitioner({
  schema: z.strictObject({
    alpha: z
      .number()
      .positive()
      .max(1e6)
      .default(0.5)
      .meta({ description: 'Concentration: small is skewed, large is iid.', examples: [0.3] }),
    minimum: minimumRows,
    sizes: z
      .enum(['equal', 'varied'])
      .default('equal')
      .meta({ description: 'Whether all clients have equally many rows.', examples: ['varied'] }),
  }),
  shorthand: 'alpha',
  description:
    'Classes skewed by a Dirichlet distribution: over classes for each client (Hsu et al. 2019), or with varied sizes over clients for each class (Yurochkin et al. 2019).',
  example: '{ dirichlet: 0.3 }',
  assign(data, { alpha, minimum, sizes }, draw) {
    const { clients, random } = draw;
    requireRows(data.rows, clients, minimum);
    const byClass = rowsByClass(data.rows, classesOf(data, 'dirichlet'), random);
    if (sizes === 'equal') return { owner: distributionEach(byClass, alpha, draw) };
    const owner = proportionsEach(byClass, alpha, draw);
    level(owner, clients, minimum, random);
    return { owner };
  },
});

/** Clients draw in random order: the last ones take what classes are left. */
function distributionEach({ order, starts }: ByClass, alpha: number, { clients, random }: Draw): Uint32Array {
  const classes = starts.length - 1;
  const next = starts.slice(0, classes);
  const owner = new Uint32Array(order.length);
  const sizes = equalSizes(order.length, clients);
  const present = Array.from(next.keys()).filter((k) => starts[k]! < starts[k + 1]!);
  const concentration = present.map((k) => (alpha * (starts[k + 1]! - starts[k]!)) / order.length);
  let left = Array.from(present.keys());
  for (const client of shuffled(clients, random)) {
    const logs = logGammas(random, concentration);
    let chances = cumulative(logs, left);
    for (let taken = 0; taken < sizes[client]!; taken++) {
      const at = search(chances, random.next());
      const k = present[left[at]!]!;
      owner[order[next[k]!++]!] = client;
      if (next[k]! < starts[k + 1]!) continue;
      left = left.filter((_, place) => place !== at);
      chances = cumulative(logs, left);
    }
  }
  return owner;
}

function proportionsEach({ order, starts }: ByClass, alpha: number, { clients, random }: Draw): Uint32Array {
  const owner = new Uint32Array(order.length);
  const concentration = new Float64Array(clients).fill(alpha);
  for (let k = 0; k + 1 < starts.length; k++) {
    const rows = order.subarray(starts[k], starts[k + 1]);
    if (rows.length === 0) continue;
    // Drawn one by one: rounding the proportions would level a class that has fewer rows than there are clients.
    const chances = summed(proportions(logGammas(random, concentration)));
    for (const row of rows) owner[row] = search(chances, random.next());
  }
  return owner;
}

/** The distribution over the classes that are left, summed up. */
function cumulative(logs: Float64Array, left: readonly number[]): Float64Array {
  return summed(proportions(Float64Array.from(left, (index) => logs[index]!)));
}

/** Sums up to each place, in place. */
function summed(shares: Float64Array): Float64Array {
  for (let index = 1; index < shares.length; index++) shares[index]! += shares[index - 1]!;
  return shares;
}

/** The first place whose sum exceeds the value; the last one where rounding leaves none. */
function search(sums: Float64Array, value: number): number {
  let [low, high] = [0, sums.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sums[middle]! > value) high = middle;
    else low = middle + 1;
  }
  return low;
}
