import { z } from 'zod';
import type { DataJob } from '../job/data-job.ts';
import type { DatasetManifest } from './dataset.ts';

/** Key of an exported file's metadata that says which of its numbers is the length of a row, as JSON. */
export const LENGTHS = 'tributary.lengths';

/** Rows that say how long they are. */
export interface RowLengths {
  /** Which of a row's numbers says how many of its places count, from the first on. */
  readonly column: number;
  /** Places of the longest row. */
  readonly places: number;
}

/** Of a run whose rows say how long they are; undefined of any other. */
export function lengthsOf(
  { features: { shape, lengths } }: Pick<DataJob, 'features'>,
  { count, lengths: column }: DatasetManifest['features'],
): RowLengths | undefined {
  if (!lengths || column === undefined) return undefined;
  return { column, places: (shape ?? [count - 1])[lengths.axis] ?? 0 };
}

const schema = z.object({ column: z.int().nonnegative(), places: z.int().positive() });

/** What an exported file says; undefined where it says nothing, or the metadata are someone else's. */
export function parseLengths(text: string | undefined): RowLengths | undefined {
  if (text === undefined) return undefined;
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** What is wrong with the length of a row; undefined when it is one. */
export function lengthFault(length: number, { places }: Pick<RowLengths, 'places'>): string | undefined {
  if (Number.isInteger(length) && length >= 1 && length <= places) return undefined;
  return `The length ${length} is no number of places: a row has ${places}, and so 1 to ${places} of them that count.`;
}
