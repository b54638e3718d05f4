import { type ColumnJob, type DataJob, targetColumns } from '../job/data-job.ts';
import { DataError } from './data-error.ts';

/** Columns that are named one by one. */
const MOST_NAMES = 12;

/**
 * A fault of a participant's own rows, in words for somebody who has them and not the job file: what must change in the table, or whom to
 * ask. Whatever else is thrown stays as it is.
 *
 * @param job what the run declares
 * @param tools by which the rows can be read otherwise, where there are some
 */
export function forParticipant(error: unknown, job: DataJob, tools = ''): unknown {
  if (!(error instanceof DataError)) return error;
  const { message, file, line, row, column } = error;
  const place = { file, line, row, column };
  const known = error.atParticipant ?? renaming(error);
  const isOfJob = isOneColumn(error) || /\bdata\.[a-z]|\bjob\b/i.test(`${message} ${error.hint ?? ''}`);
  const hint = known ?? (isOfJob ? inForm(job, tools) : error.hint);
  return new DataError(message, { ...place, hint }, { cause: error });
}

/** A column that is not there may be there under another name. */
function renaming({ message, hint, column }: DataError): string | undefined {
  if (typeof column !== 'string' || !/^There is no \w+ column "/.test(message)) return undefined;
  if (isOneColumn({ message })) return undefined;
  const near = /^Did you mean "(.+)"\?$/s.exec(hint ?? '')?.[1];
  const found = near === undefined ? '' : `If it is "${near}", rename that. `;
  return `The run reads a column of this name: your table needs one. ${found}Whoever runs the coordinator knows what is in it.`;
}

/** Columns are separated by something else than the run says. */
function isOneColumn({ message }: Pick<DataError, 'message'>): boolean {
  const columns = /The columns are: (.*)\.$/s.exec(message)?.[1];
  return columns !== undefined && !columns.includes(', ');
}

function inForm(job: DataJob, tools: string): string {
  return `The run reads ${formOf(job)}. Bring yours into that form${tools}, or ask whoever runs the coordinator.`;
}

function formOf({ format, features, target, tokens }: DataJob): string {
  if (format.type !== 'csv')
    return format.type === 'text' ? 'a text in UTF-8' : 'images in a folder for each class';
  const header = format.header ? 'with a header' : 'without a header';
  const columns =
    tokens?.column === undefined ? named('features', features.columns) : `text ${tokens.column}`;
  const categories = named('of these, words', features.categories);
  const length = named('of these, the length of a row', features.lengths && [features.lengths.column]);
  const parts = [columns, categories, length, named('target', targetColumns(target))];
  const rows = parts.filter((part) => part !== '').join('; ');
  return `tables ${header}, separated by ${JSON.stringify(format.delimiter)}: ${rows}`;
}

function named(what: string, columns: readonly ColumnJob[] = []): string {
  if (columns.length === 0) return '';
  const shown = columns.length <= MOST_NAMES ? columns : [...columns.slice(0, 3), '…', columns.at(-1)];
  return `${what} ${shown.join(', ')}`;
}
