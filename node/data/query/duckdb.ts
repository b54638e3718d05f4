import { existsSync } from 'node:fs';
import type { DuckDBConnection, DuckDBPreparedStatement, DuckDBResult, DuckDBValue } from '@duckdb/node-api';
import { DataError } from '../../../shared/data/data-error.ts';
import type { TableSource } from '../table-source.ts';
import { optionalPackage, type QueryRows, queryError, querySource } from './query-source.ts';

/** Nothing is fetched from the network for a query, whatever it names. */
const SETTINGS = {
  autoinstall_known_extensions: 'false',
  autoload_known_extensions: 'false',
  allow_community_extensions: 'false',
};

/**
 * What one SELECT of DuckDB reads: from a database file, which is opened READ_ONLY, or, without one, from CSV, Parquet and JSON files that
 * it names.
 *
 * @param database path of a file; undefined: none
 */
export function duckdbQuery(database: string | undefined, query: string): TableSource {
  const name = database === undefined ? 'the query' : `${database}, the query`;
  return querySource(name, async (use) => {
    if (database !== undefined && !existsSync(database)) {
      throw new DataError('There is no such database.', { file: database });
    }
    const { DuckDBInstance, StatementType } = await optionalPackage(
      '@duckdb/node-api',
      () => import('@duckdb/node-api'),
    );
    const settings: Record<string, string> = { ...SETTINGS };
    if (database !== undefined) settings['access_mode'] = 'READ_ONLY';
    const instance = await DuckDBInstance.create(database, settings).catch((cause: unknown) => {
      throw queryError('The database cannot be opened', database ?? 'DuckDB', cause);
    });
    const connection = await instance.connect();
    try {
      const statement = await onlyStatement(connection, query, name);
      if (statement.statementType !== StatementType.SELECT) {
        const kind = StatementType[statement.statementType];
        throw new DataError(`The query is a statement of the kind ${kind}.`, {
          file: name,
          hint: ONE_SELECT,
        });
      }
      await use(await rowsOf(statement, name));
    } finally {
      connection.closeSync();
      instance.closeSync();
    }
  });
}

const ONE_SELECT = 'Rows are read by one SELECT, and nothing is changed.';

async function onlyStatement(
  connection: DuckDBConnection,
  query: string,
  name: string,
): Promise<DuckDBPreparedStatement> {
  try {
    const statements = await connection.extractStatements(query);
    if (statements.count === 1) return await statements.prepare(0);
    throw new DataError(`The query has ${statements.count} statements.`, { file: name, hint: ONE_SELECT });
  } catch (error) {
    throw error instanceof DataError ? error : queryError('The query is not understood', name, error);
  }
}

async function rowsOf(statement: DuckDBPreparedStatement, name: string): Promise<QueryRows> {
  const failed = (cause: unknown): never => {
    throw queryError('The query failed', name, cause);
  };
  const result = await statement.stream().catch(failed);
  return { columns: result.columnNames(), batches: chunks(result, failed) };
}

async function* chunks(
  result: DuckDBResult,
  failed: (cause: unknown) => never,
): AsyncGenerator<readonly (readonly string[])[]> {
  for (;;) {
    const chunk = await result.fetchChunk().catch(failed);
    if (!chunk || chunk.rowCount === 0) return;
    yield chunk.getRows().map((row) => row.map(text));
  }
}

function text(value: DuckDBValue): string {
  return value === null ? '' : String(value);
}
