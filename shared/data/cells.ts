import { DataError, type DataErrorPlace } from './data-error.ts';

/** Where a cell lies. */
export interface CellPlace extends Omit<DataErrorPlace, 'hint' | 'atParticipant'> {
  /** It is of the first line of a file that is said to have no header. */
  readonly mayBeHeader: boolean;
}

const WORDS =
  'Name columns of words in data.features.categories, or leave them out by naming the others in data.features.columns; for tokens of a text, data.features.text.';

/**
 * The number in a cell, as float32 can hold it.
 *
 * @param words what to do with a column of words
 * @throws DataError when it is empty, no number, or not finite
 */
export function readNumber(cell: string, { mayBeHeader, ...place }: CellPlace, words = WORDS): number {
  const value = Number(cell);
  // Number('') is 0, and what overflows float32 is infinite only after rounding.
  if (Number.isFinite(Math.fround(value)) && (value !== 0 || cell.trim() !== '')) return value;
  const text = cell.trim();
  if (text === '') {
    const hint = 'Fill the gap or drop the row: missing values are not guessed.';
    throw new DataError('The cell is empty; a number is needed.', { ...place, hint });
  }
  const shown = JSON.stringify(text.slice(0, 40));
  if (mayBeHeader) {
    const hint = 'If the first line names the columns, set data.format.header to true.';
    const atParticipant = 'The run reads tables without a header: if the first line is one, take it out.';
    throw new DataError(`${shown} is not a number.`, { ...place, hint, atParticipant });
  }
  if (/^[+-]?(nan|inf(inity)?|n\/?a|null)$/i.test(text) || Number.isFinite(value)) {
    const hint = 'Replace it by a finite number or drop the row.';
    throw new DataError(`${shown} is not a finite number in float32.`, { ...place, hint });
  }
  const atParticipant =
    'The run takes numbers in this column: correct the cell, or drop the row. If the column holds words everywhere, ask whoever runs the coordinator: the run has to declare it so.';
  throw new DataError(`${shown} is not a number.`, { ...place, hint: words, atParticipant });
}
