import { z } from 'zod';
import { logGammas, proportions } from '../../parameters/distributions.ts';
import { apportion } from './apportion.ts';
import { cut, shuffled } from './dealing.ts';
import { minimumRows, requireRows } from './minimum.ts';
import { partitioner } from './partitioner.ts';

/**
 * Skewed sizes, classes at random. With an exponent s, the client of rank r has rows in proportion to r^−s (the power law of
 * Li et al. 2020, "Federated optimization in heterogeneous networks"); with alpha, sizes are drawn from Dir(alpha) (the
 * quantity skew of Li et al. 2022, "Federated learning on non-IID data silos"). Each has `minimum` rows first.
 */
export const quantity = partitioner({
  schema: z
    .strictObject({
      exponent: z
        .number()
        .nonnegative()
        .max(10)
        .optional()
        .meta({ description: 'Exponent of a power law over ranks; 1 if left out.', examples: [1.5] }),
      alpha: z
        .number()
        .positive()
        .max(1e6)
        .optional()
        .meta({
          description: 'Instead: concentration of a Dirichlet distribution over sizes.',
          examples: [0.5],
        }),
      minimum: minimumRows,
    })
    .refine(({ exponent, alpha }) => exponent === undefined || alpha === undefined, {
      message: 'either exponent or alpha, not both',
    }),
  shorthand: 'exponent',
  description:
    'Rows at random, sizes by a power law (Li et al. 2020) or a Dirichlet distribution (Li et al. 2022).',
  example: '{ quantity: 1.5 }',
  assign({ rows }, { exponent, alpha, minimum }, { clients, random }) {
    requireRows(rows, clients, minimum);
    const weights =
      alpha === undefined
        ? Float64Array.from(shuffled(clients, random), (rank) => (rank + 1) ** -(exponent ?? 1))
        : proportions(logGammas(random, new Float64Array(clients).fill(alpha)));
    return { owner: cut(shuffled(rows, random), apportion(rows, weights, minimum)) };
  },
});
