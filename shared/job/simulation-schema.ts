import { z } from 'zod';
import type { PartitionJob } from '../data/partition/registry.ts';
import { partitionSchema } from './partition-schema.ts';
import { type ProfileJob, profileSchema } from './profile-schema.ts';

/** A run of data that members hold, with virtual participants in their place. */
export interface SimulationJob {
  /** The rows that the participants hold together, relative to the job file. */
  readonly source: string;
  /** Share of them that the coordinator evaluates with, [0, 1); 0 where it has a table of its own (`data.source`). */
  readonly heldOut: number;
  /** How many participants; as many as the data say when undefined. */
  readonly clients: number | undefined;
  readonly partition: PartitionJob;
  readonly profile: ProfileJob;
  /** Virtual days after which the run ends, if it has not before. */
  readonly days: number | undefined;
}

export const simulationSchema = z
  .strictObject({
    source: z
      .string()
      .min(1)
      .meta({
        description: 'The rows that the virtual participants hold together, relative to the job file.',
        examples: ['digits.csv.gz'],
      }),
    'held-out': z
      .number()
      .min(0)
      .lt(1)
      .optional()
      .meta({
        description:
          'Share of the rows that goes to the coordinator instead, to evaluate with; 0.1 when left out. Not beside data.source.',
        examples: [0.1],
      }),
    clients: z
      .int()
      .positive()
      .max(1e6)
      .optional()
      .meta({
        description: 'How many virtual participants; may be left out where the partition says it (column).',
        examples: [1000],
      }),
    partition: partitionSchema.prefault('iid').meta({
      description: 'How the rows are dealt to the participants.',
      examples: [{ dirichlet: 0.3 }],
    }),
    profile: profileSchema.prefault('none').meta({
      description: 'How fast they are, when they are there, how often they give up, how they are connected.',
      examples: ['phones'],
    }),
    days: z
      .number()
      .positive()
      .max(3650)
      .optional()
      .meta({
        description: 'Virtual days after which the run ends, if it has not before.',
        examples: [7],
      }),
  })
  .transform(
    ({ 'held-out': heldOut = 0.1, ...rest }): SimulationJob => ({
      ...rest,
      heldOut,
      clients: rest.clients,
      days: rest.days,
    }),
  )
  .meta({
    description: 'Virtual participants, for tributary simulate; of data that members hold.',
    examples: [{ source: 'digits.csv.gz', clients: 1000, partition: { dirichlet: 0.3 } }],
  });
