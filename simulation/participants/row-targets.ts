import { targetCount } from '../../shared/data/dataset.ts';
import type { RowClasses } from '../../shared/data/partition/partitioner.ts';
import { classColumns, strataOf } from '../../shared/data/strata.ts';
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

/** The classes that rows are dealt by: those of the target, or of the first of several that says one class of a row. */
export function rowClasses(table: SharedTable): RowClasses | undefined {
  const { target, rowBytes } = table.manifest;
  const { outputs, classes } = target;
  if (!outputs) {
    const of = targetsOf(table);
    return of && classes && { count: classes.length, of, names: classes };
  }
  const index = outputs.findIndex(
    ({ kind, classes: own, count = 1 }) => own !== undefined && count === 1 && kind !== 'symbols',
  );
  const found = outputs[index];
  if (!found?.classes) return undefined;
  const at = outputs.slice(0, index).reduce((sum, { count = 1 }) => sum + count, 0) - targetCount(target);
  const numbers = new Float32Array(table.bytes);
  const width = rowBytes / 4;
  return {
    count: found.classes.length,
    of: (row) => numbers[(row + 1) * width + at]!,
    names: found.classes,
    target: found.output,
  };
}

/** What a participant's split of some of the rows keeps in proportion, as if they stood in a table of its own. */
export type Strata = (rows: Uint32Array, test: number) => ArrayLike<number> | undefined;

export function strataOfRows(table: SharedTable): Strata {
  const { target, rowBytes } = table.manifest;
  if (!target.outputs) {
    const classOf = targetsOf(table);
    return (rows) => classOf && Int32Array.from(rows, classOf);
  }
  const numbers = new Float32Array(table.bytes);
  const width = rowBytes / 4;
  const count = targetCount(target);
  const places = classColumns(
    target.outputs.map(({ kind, count: columns = 1, classes }) => ({
      columns,
      isClass: classes !== undefined && kind !== 'symbols',
    })),
  );
  return (rows, test) =>
    strataOf(
      rows.length,
      places.map((at) => (place: number) => numbers[(rows[place]! + 1) * width - count + at]!),
      test,
    );
}
