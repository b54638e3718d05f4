import type { JobError } from '../job/job-error.ts';

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
  /** The job's key that names what is not as the data are: `['data', 'target']`. */
  readonly key?: readonly string[] | undefined;
  /** The word of the data that was probably meant there. */
  readonly nearest?: string | undefined;
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
  readonly key: readonly string[] | undefined;
  readonly nearest: string | undefined;
  /** The same at its line of the job file, where that is at hand and a key of it is to blame. */
  inJob: JobError | undefined;

  constructor(message: string, place: DataErrorPlace, options?: { cause?: unknown }) {
    super(message, options);
    this.file = place.file;
    this.line = place.line;
    this.row = place.row;
    this.column = place.column;
    this.hint = place.hint;
    this.atParticipant = place.atParticipant;
    this.key = place.key;
    this.nearest = place.nearest;
  }
}
