import { CELL, MOST_CLASSES } from './confusion.ts';
import type { Sums } from './metrics.ts';

/** An output that tells classes apart: its classes by index, and its name where there are several. */
export interface ClassOutput {
  readonly output?: string;
  readonly classes: readonly string[];
}

/** How a class fared in an evaluation. */
export interface ClassResult {
  readonly name: string;
  readonly rows: number;
  /** Rows that were recognised: `found / rows` is the recall. */
  readonly found: number;
  /** What most of the others were taken for. */
  readonly takenFor?: { readonly name: string; readonly rows: number };
}

export interface OutputResults {
  readonly output?: string;
  /** By index. */
  readonly classes: readonly ClassResult[];
}

/**
 * How each class of each output fared, from the cells of the confusion matrices that lie in sums. An output without a matrix is left
 * out, and so is one whose cells are none of a matrix: members sent them.
 */
export function classResults(sums: Sums, outputs: readonly ClassOutput[]): OutputResults[] {
  return outputs.flatMap(({ output, classes }) => {
    const named = output === undefined ? {} : { output };
    const cells = classes.length <= MOST_CLASSES ? cellsOf(sums, output, classes.length) : [];
    return cells && cells.length > 0 ? [{ ...named, classes: resultsOf(cells, classes) }] : [];
  });
}

interface Cell {
  readonly target: number;
  readonly predicted: number;
  readonly rows: number;
}

function cellsOf(sums: Sums, output: string | undefined, classes: number): Cell[] | undefined {
  const prefix = output === undefined ? CELL : `${output}.${CELL}`;
  const cells: Cell[] = [];
  for (const [name, rows] of Object.entries(sums)) {
    if (!name.startsWith(prefix)) continue;
    const cell = Number(name.slice(prefix.length));
    if (!(Number.isInteger(cell) && cell >= 0 && cell < classes ** 2 && rows >= 0)) return undefined;
    cells.push({ target: Math.floor(cell / classes), predicted: cell % classes, rows });
  }
  return cells.sort((a, b) => a.target - b.target || a.predicted - b.predicted);
}

function resultsOf(cells: readonly Cell[], classes: readonly string[]): ClassResult[] {
  const results = classes.map((name): ClassResult => ({ name, rows: 0, found: 0 }));
  for (const { target, predicted, rows } of cells) {
    const before = results[target]!;
    const isRight = target === predicted;
    const isMost = !isRight && rows > (before.takenFor?.rows ?? 0);
    results[target] = {
      ...before,
      rows: before.rows + rows,
      found: before.found + (isRight ? rows : 0),
      ...(isMost && { takenFor: { name: classes[predicted]!, rows } }),
    };
  }
  return results;
}

/** The classes of the lowest recall, worst first; those without an error and those without rows are left out. */
export function worstClasses(classes: readonly ClassResult[], most: number): ClassResult[] {
  const recall = ({ found, rows }: ClassResult): number => found / rows;
  return classes
    .filter(({ rows, found }) => found < rows)
    .sort((a, b) => recall(a) - recall(b))
    .slice(0, most);
}
