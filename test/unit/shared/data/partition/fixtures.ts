import type { PartitionData } from '../../../../../shared/data/partition/partitioner.ts';
import type { PartitionJob } from '../../../../../shared/data/partition/registry.ts';
import { parsePartition } from '../../../../../shared/job/partition-text.ts';

/** Rows with classes in turn, a site, a date and a number that grows with the class. */
export function table(rows: number, classes = 10): PartitionData {
  const columns: Readonly<Record<string, (row: number) => string | number>> = {
    author: (row) => `author-${(row * 7919) % 13}`,
    date: (row) => new Date(Date.UTC(2026, 0, 1 + ((row * 31) % 97))).toISOString().slice(0, 10),
    age: (row) => ((row * 37) % 101) - 50,
  };
  return {
    rows,
    classes: { count: classes, of: (row) => row % classes },
    columns: Object.keys(columns),
    column: (name) => columns[name],
    features: (row) => [row % 17, (row % 5) - 2],
  };
}

export const job = (text: string): PartitionJob => parsePartition(text);
