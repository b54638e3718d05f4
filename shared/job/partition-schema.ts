import { type PartitionJob, partitioners } from '../data/partition/registry.ts';
import { type Choice, choice } from './choice.ts';

const definition: Choice = {
  id: 'partition',
  description: 'How the rows of a data set are dealt to the clients of a simulation.',
  alternatives: partitioners,
};

/** `partition: dirichlet`, `partition: { dirichlet: 0.3 }`, `partition: { dirichlet: { alpha: 0.3, minimum: 10 } }`. */
export const partitionSchema = choice<PartitionJob>(
  definition,
  (kind, options) => ({ kind, options }) as PartitionJob,
);
