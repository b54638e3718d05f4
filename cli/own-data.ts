import { statSync } from 'node:fs';
import { looksLikeImages } from '../node/data/image-folder.ts';
import { duckdbQuery } from '../node/data/query/duckdb.ts';
import { postgresQuery } from '../node/data/query/postgres.ts';
import { csvFile, csvFolder } from '../node/data/table-source.ts';
import { DataError } from '../shared/data/data-error.ts';
import type { OwnRowsSource } from '../worker/data/own-rows.ts';
import { ownTable } from '../worker/data/own-table.ts';
import { UsageError } from './errors.ts';

/** A participant's data: how people call them, and how they are read. */
export interface OwnData {
  readonly name: string;
  readonly rows: OwnRowsSource;
}

export interface OwnDataOptions {
  readonly data?: string;
  readonly query?: string;
  readonly delimiter?: string;
  readonly cache: string;
}

/**
 * Finds out what --data and --query mean. A database is not asked yet.
 *
 * @throws UsageError; DataError when there is no such file
 */
export function ownData({ data, query, delimiter, cache }: OwnDataOptions): OwnData {
  const isPostgres = data !== undefined && /^postgres(ql)?:\/\//i.test(data);
  if (query !== undefined) {
    if (delimiter !== undefined)
      throw new UsageError('--delimiter is of files; a query says its own: read_csv(…).');
    const table = isPostgres ? postgresQuery(data, query) : duckdbQuery(data, query);
    return { name: table.name, rows: ownTable(table, cache) };
  }
  if (data === undefined) throw new UsageError('give --data: the rows that you take part with.');
  if (isPostgres || /\.(duckdb|ddb|db)$/i.test(data)) {
    throw new UsageError("a database needs a --query too: 'SELECT … FROM …'. Nothing but SELECT is run.");
  }
  if (/\.(parquet|json|jsonl|ndjson)$/i.test(data)) {
    throw new UsageError(`--data takes CSV. Others are read by a query: --query "SELECT * FROM '${data}'"`);
  }
  const stat = statSync(data, { throwIfNoEntry: false });
  if (!stat) throw new DataError('There is no such file or folder.', { file: data });
  if (stat.isDirectory()) {
    if (looksLikeImages(data)) {
      if (delimiter !== undefined)
        throw new UsageError('--delimiter is of tables; this is a folder of images.');
      return { name: data, rows: ownTable(data, cache) };
    }
    const table = csvFolder(data, delimiter);
    return { name: table.name, rows: ownTable(table, cache) };
  }
  return { name: data, rows: ownTable(delimiter === undefined ? data : csvFile(data, delimiter), cache) };
}
