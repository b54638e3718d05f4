import { DataError } from '../../../shared/data/data-error.ts';
import type { TableSource } from '../table-source.ts';

/** Rows that a query gives, a batch at a time. */
export interface QueryRows {
  readonly columns: readonly string[];
  readonly batches: AsyncIterable<readonly (readonly string[])[]>;
}

/** Opens the database, runs the query, and closes everything when the rows were used. Nothing is written. */
export type RunQuery = (use: (rows: QueryRows) => Promise<void>) => Promise<void>;

/**
 * The rows of a query as a table. Cells are texts as in a CSV file, those that are NULL are empty; places in messages are rows of the
 * result.
 *
 * @param name how people call it: no password is in it
 */
export function querySource(name: string, run: RunQuery): TableSource {
  return {
    name,
    hash: () => Promise.resolve(undefined),
    read: ({ header }, onRecord) =>
      run(async ({ columns, batches }) => {
        let row = 0;
        const record = (fields: readonly string[]): void => {
          try {
            onRecord(fields, row);
          } catch (error) {
            throw error instanceof DataError ? inRow(error, name, row) : error;
          }
        };
        if (header) record(columns);
        for await (const rows of batches) {
          for (const fields of rows) {
            row++;
            record(fields);
          }
        }
        if (row === 0) throw new DataError('The query gives no row.', { file: name });
      }),
  };
}

function inRow({ message, column, hint }: DataError, file: string, row: number): DataError {
  return new DataError(message, {
    file,
    ...(row > 0 && { row }),
    ...(column !== undefined && { column }),
    ...(hint !== undefined && { hint }),
  });
}

/** @param cause an error of a database, whose words are passed on */
export function queryError(what: string, name: string, cause: unknown, hint?: string): DataError {
  const message = `${what}: ${(cause as Error).message.split('\n')[0]}`;
  return new DataError(message, { file: name, ...(hint !== undefined && { hint }) }, { cause });
}

/** An optional package that a kind of query needs. */
export async function optionalPackage<T>(name: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code !== 'ERR_MODULE_NOT_FOUND' && code !== 'MODULE_NOT_FOUND') throw cause;
    const hint = `npm install ${name}. It is an optional dependency, which an installation with --omit=optional leaves out.`;
    throw new DataError(
      `This needs the package ${name}, which is not installed.`,
      { file: '--query', hint },
      { cause },
    );
  }
}
