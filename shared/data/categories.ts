import type { DatasetManifest } from './dataset.ts';
import type { Split } from './split.ts';
import type { Scan } from './table-scan.ts';

/** Puts row `index` of the features, in the file's order, into `row`. */
export type ReadRow = (index: number, row: Float32Array | Int32Array) => void;

/** Columns of words, by what the training rows say. */
export interface Categories {
  readonly features: NonNullable<DatasetManifest['features']['categories']>;
  /** In a row as it was scanned, numbers by appearance become those of the words in order; 0 for what no training row has. */
  number(row: Float32Array | Int32Array): void;
}

/**
 * Numbers the words of each category: those of the training rows from 1 in the order of their code units, so that nothing of
 * the held-out rows shows; every other word is 0.
 *
 * @param declared words that are known beforehand, instead of those of the training rows
 * @returns undefined when no column holds words
 */
export function readCategories(
  read: ReadRow,
  { columns, words, rows }: Scan,
  split: Split,
  declared?: Categories['features'],
): Categories | undefined {
  if (columns.categories.size === 0) return undefined;
  const known = columns.features.flatMap((field, column) => {
    const list = words.get(field);
    return list ? [{ column, list, seen: new Uint8Array(list.length + 1) }] : [];
  });
  if (declared)
    return numberedBy(known, (column) => declared.find((one) => one.column === column)?.words ?? []);
  const row = new Float32Array(columns.features.length);
  for (const index of split.order.subarray(0, rows - split.testRows)) {
    read(index, row);
    for (const { column, seen } of known) seen[row[column]!] = 1;
  }
  const kept = new Map(
    known.map(({ column, list, seen }) => [column, list.filter((_, index) => seen[index + 1] === 1).sort()]),
  );
  return numberedBy(known, (column) => kept.get(column) ?? []);
}

function numberedBy(
  known: readonly { readonly column: number; readonly list: readonly string[] }[],
  wordsOf: (column: number) => readonly string[],
): Categories {
  const numbered = known.map(({ column, list }) => {
    const kept = wordsOf(column);
    const ids = new Map(kept.map((word, index) => [word, index + 1]));
    return {
      column,
      words: kept,
      ids: Float32Array.from(['', ...list], (word, index) => (index === 0 ? 0 : (ids.get(word) ?? 0))),
    };
  });
  return {
    features: numbered.map(({ column, words: kept }) => ({ column, words: kept })),
    number(values) {
      for (const { column, ids } of numbered) values[column] = ids[values[column]!]!;
    },
  };
}
