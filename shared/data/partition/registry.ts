import type { z } from 'zod';
import { column } from './column.ts';
import { dirichlet } from './dirichlet.ts';
import { feature } from './feature.ts';
import { iid } from './iid.ts';
import type { Partitioner } from './partitioner.ts';
import { quantity } from './quantity.ts';
import { shards } from './shards.ts';
import { temporal } from './temporal.ts';

/** Every way to deal rows to clients, by its word. */
export const partitioners = {
  iid,
  dirichlet,
  shards,
  quantity,
  column,
  temporal,
  feature,
} as const satisfies Readonly<Record<string, Partitioner>>;

type Table = typeof partitioners;

/** `simulation.partition` of a job: a word and its options. */
export type PartitionJob = {
  [K in keyof Table]: { readonly kind: K; readonly options: z.output<Table[K]['schema']> };
}[keyof Table];
