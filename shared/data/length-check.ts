import type { CellPlace } from './cells.ts';
import type { Columns } from './columns.ts';
import { DataError } from './data-error.ts';
import { lengthFault } from './row-lengths.ts';
import { SymbolScan } from './symbol-scan.ts';
import type { CellScan } from './target-scan.ts';

/** @throws DataError where a row says of itself that it is longer than rows are, or not there at all */
export function checkLength(length: number, places: number, { mayBeHeader: _, ...place }: CellPlace): void {
  const fault = lengthFault(length, { places });
  if (fault === undefined) return;
  const hint =
    'Correct the cell, or say with data.features.shape and the axis of data.features.lengths what is counted.';
  const atParticipant = `The run reads rows of up to ${places} places: correct the cell, or drop the row.`;
  throw new DataError(fault, { ...place, hint, atParticipant });
}

/**
 * A row of fewer places than its label needs steps can be read in no way.
 *
 * @param scans of the target columns, which have just read this row
 * @throws DataError
 */
export function checkLabels(
  length: number,
  { targets }: Columns,
  scans: readonly CellScan[],
  placeOf: (field: number) => CellPlace,
): void {
  for (const [at, field] of targets.entries()) {
    const scan = scans[at];
    if (!(scan instanceof SymbolScan) || scan.needed <= length) continue;
    const { mayBeHeader: _, ...place } = placeOf(field);
    const message = `The label needs ${scan.needed} steps (one for each symbol, and one between two that are the same), and the row has a length of ${length}.`;
    throw new DataError(message, { ...place, hint: 'Correct the label or the length, or drop the row.' });
  }
}
