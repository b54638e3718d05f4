export interface DataErrorPlace {
  readonly file: string;
  /** Line of the file, from 1. */
  readonly line?: number | undefined;
  /** Row of a query's result, from 1. */
  readonly row?: number | undefined;
  /** The column's name, or its number from 0 when the file has no header. */
  readonly column?: string | number | undefined;
  /** What to do about it. */
  readonly hint?: string | undefined;
  /** The same where the rows are a participant's, who has no job file; the hint, where that does not speak of one. */
  readonly atParticipant?: string | undefined;
}

/** Data that cannot be trained on: which file, line and column, what is wrong, and what to do. */
export class DataError extends Error {
  override readonly name = 'DataError';
  readonly file: string;
  readonly line: number | undefined;
  readonly row: number | undefined;
  readonly column: string | number | undefined;
  readonly hint: string | undefined;
  readonly atParticipant: string | undefined;

  constructor(message: string, place: DataErrorPlace, options?: { cause?: unknown }) {
    super(message, options);
    this.file = place.file;
    this.line = place.line;
    this.row = place.row;
    this.column = place.column;
    this.hint = place.hint;
    this.atParticipant = place.atParticipant;
  }
}
