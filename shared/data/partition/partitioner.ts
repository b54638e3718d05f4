import type { z } from 'zod';
import type { Alternative } from '../../job/choice.ts';
import type { Random } from '../../parameters/random.ts';
import { PartitionError } from './partition-error.ts';

/** What a partitioner may ask of a data set of rows 0 … rows−1. */
export interface PartitionData {
  readonly rows: number;
  /** Absent where no target is one class; of several targets those of the first that is. */
  readonly classes?: RowClasses;
  /** Names of the columns that `column` knows, for messages. */
  readonly columns?: readonly string[];
  /** A column's values by row: its name, or its number from 0 in a file without a header. Undefined: no such column. */
  column?(name: string | number): ((row: number) => string | number) | undefined;
  /** A row's features as the model sees them. */
  features?(row: number): ArrayLike<number>;
  /** The row's place in its source, where rows were shuffled since; else the row itself. */
  position?(row: number): number;
}

export interface RowClasses {
  readonly count: number;
  /** Class of a row, 0 … count−1. */
  of(row: number): number;
  readonly names?: readonly string[];
  /** Whose classes they are, where there are several targets. */
  readonly target?: string;
}

/** What a partitioner deals with. */
export interface Draw {
  readonly clients: number;
  /** A stream that belongs to this partition alone. */
  readonly random: Random;
}

/** Whose each row is. */
export interface Owners {
  /** [rows], the client of each row. */
  readonly owner: Uint32Array;
  /** Names of the clients, where the data give them. */
  readonly names?: readonly string[];
}

/** A row of the table of partitioners: what stands in a job file, and how rows are dealt. */
export interface Partitioner<S extends z.ZodObject = z.ZodObject> extends Alternative {
  readonly schema: S;
  readonly example: string;
  /** How many clients the data have by themselves, when nobody says how many. */
  count?(data: PartitionData, options: z.output<S>): number;
  /** @throws PartitionError when the data lack what this needs. */
  assign(data: PartitionData, options: z.output<S>, draw: Draw): Owners;
}

/** Says of a row that its options are those of its schema. */
export function partitioner<S extends z.ZodObject>(row: Partitioner<S>): Partitioner<S> {
  return row;
}

/** @throws PartitionError when no target is one class. */
export function classesOf(data: PartitionData, word: string): RowClasses {
  if (data.classes) return data.classes;
  throw new PartitionError(
    `"${word}" deals rows by their class, and these data have no target that is one class: use iid, quantity, column, temporal or feature.`,
    {
      at: 'partition',
      what: `${word} deals rows by their class, and these data have no target that is one class`,
      allowed: ['iid', 'quantity', 'column', 'temporal', 'feature'],
    },
  );
}
