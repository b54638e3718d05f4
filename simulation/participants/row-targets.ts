import { targetCount } from '../../shared/data/dataset.ts';
import type { SharedTable } from '../engines/shared-table.ts';

/** Class of a row by its number. */
export type RowTargets = (row: number) => number;

/** The classes of a table's rows; undefined where a row has no class, or several. */
export function targetsOf({ manifest, bytes }: SharedTable): RowTargets | undefined {
  const { target, rowBytes } = manifest;
  const isClass = target.kind === 'class' || target.kind === 'binary';
  if (!isClass || targetCount(target) !== 1) return undefined;
  // A row ends with its target.
  const words = new Int32Array(bytes);
  const width = rowBytes / 4;
  return (row) => words[(row + 1) * width - 1]!;
}
