import type { Sums } from './metrics.ts';

/** Counts [target][predicted]. */
export type Confusion = readonly (readonly number[])[];

/** Of more classes there is no matrix: one of so many can still be sent, stored and read. */
export const MOST_CLASSES = 1000;

/** What the sums of a matrix's cells begin with. */
export const CELL = 'confusion.';

/** How a class fared. */
export interface ClassMetrics {
  /** Index of the class. */
  readonly index: number;
  /** Examples of it. */
  readonly support: number;
  /** Share of its examples that were recognised; NaN without examples. */
  readonly recall: number;
  /** Share of the predictions of it that were right; NaN when it was never predicted. */
  readonly precision: number;
  /** Harmonic mean of the two: 2 correct / (support + predicted). */
  readonly f1: number;
}

/**
 * The confusion matrix that lies in sums: `confusion.<target · classes + predicted>`, cells of zero left out.
 *
 * @returns undefined when the sums have no such cell.
 * @throws RangeError for a cell outside the matrix.
 */
export function confusionOf(sums: Sums, classes: number): Confusion | undefined {
  // Looked for first: of a large vocabulary there is none, and no memory for one.
  if (!Object.keys(sums).some((name) => name.startsWith(CELL))) return undefined;
  const matrix = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  for (const [name, count] of Object.entries(sums)) {
    if (!name.startsWith(CELL)) continue;
    const cell = Number(name.slice(CELL.length));
    const row = matrix[Math.floor(cell / classes)];
    if (!Number.isInteger(cell) || !row) {
      throw new RangeError(`'${name}' is no cell of a confusion matrix of ${classes} classes.`);
    }
    row[cell % classes] = count;
  }
  return matrix;
}

/** Recall, precision and F1 of every class. */
export function perClass(confusion: Confusion): ClassMetrics[] {
  return confusion.map((row, index) => {
    const support = row.reduce((sum, count) => sum + count, 0);
    const predicted = confusion.reduce((sum, other) => sum + other[index]!, 0);
    const correct = row[index]!;
    return {
      index,
      support,
      recall: correct / support,
      precision: correct / predicted,
      f1: (2 * correct) / (support + predicted),
    };
  });
}
