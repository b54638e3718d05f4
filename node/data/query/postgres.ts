import type { Client, QueryConfig } from 'pg';
import { DataError } from '../../../shared/data/data-error.ts';
import type { TableSource } from '../table-source.ts';
import { optionalPackage, type QueryRows, queryError, querySource } from './query-source.ts';

const CONNECT_MS = 15_000;
/** For each batch of rows. */
const STATEMENT_MS = 300_000;
const BATCH_ROWS = 10_000;
const BOOLEAN = 16;

/** Values stay as PostgreSQL writes them; yes and no are spelled out. */
const TEXTS = {
  getTypeParser:
    (oid: number) =>
    (value: string): string =>
      oid === BOOLEAN ? (value === 't' ? 'true' : 'false') : value,
};

/**
 * What one SELECT of PostgreSQL reads, in a READ ONLY transaction with a time-out, through a cursor. The password comes from PGPASSWORD
 * or the password file (PGPASSFILE, ~/.pgpass).
 *
 * @param url postgres://USER@HOST/DATABASE
 * @throws DataError when the URL holds a password, or is none
 */
export function postgresQuery(url: string, query: string): TableSource {
  const name = `${checked(url)}, the query`;
  return querySource(name, async (use) => {
    const { default: pg } = await optionalPackage('pg', () => import('pg'));
    const client = new pg.Client({
      connectionString: url,
      connectionTimeoutMillis: CONNECT_MS,
      application_name: 'tributary participate',
      options: '-c default_transaction_read_only=on',
    });
    // A connection that breaks fails the query under way too.
    client.on('error', () => undefined);
    await client.connect().catch((cause: unknown) => {
      const hint = 'The password is taken from PGPASSWORD, or from ~/.pgpass.';
      throw queryError('The database cannot be reached', name, cause, hint);
    });
    try {
      await use(await rowsOf(client, query, name));
    } finally {
      await client.end().catch(() => undefined);
    }
  });
}

/** The URL without what is nobody's business. */
function checked(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (!parsed) throw new DataError('This is no URL of a database.', { file: 'postgres://…', hint: FORM });
  const shown = `${parsed.protocol}//${parsed.username ? `${parsed.username}@` : ''}${parsed.host}${parsed.pathname}`;
  if (parsed.password !== '' || parsed.searchParams.has('password')) {
    const hint = 'Set PGPASSWORD, or use ~/.pgpass: what is on a command line can be read by other users.';
    throw new DataError('The URL holds a password.', { file: shown, hint });
  }
  return shown;
}

const FORM = 'It looks like postgres://USER@HOST:5432/DATABASE.';

async function rowsOf(client: Client, query: string, name: string): Promise<QueryRows> {
  const failed = (cause: unknown): never => {
    throw queryError('The query failed', name, cause);
  };
  // One statement in each message of the extended protocol: no second one can hide behind a semicolon.
  const ask = (text: string) => {
    const config: QueryConfig & { rowMode: 'array'; queryMode: 'extended' } = {
      ...{ text, rowMode: 'array', queryMode: 'extended' },
      types: TEXTS as unknown as NonNullable<QueryConfig['types']>,
    };
    return client.query<(string | null)[]>(config as never).catch(failed);
  };
  // Repeatable: what is read twice is the same both times while the transaction lasts.
  await ask('BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY');
  await ask(`SET LOCAL statement_timeout = ${STATEMENT_MS}`);
  // Only what gives rows and changes nothing can be declared a cursor of.
  await ask(`DECLARE rows NO SCROLL CURSOR FOR ${query.trim().replace(/;\s*$/, '')}`);
  const first = await ask(`FETCH ${BATCH_ROWS} FROM rows`);
  async function* batches(): AsyncGenerator<readonly (readonly string[])[]> {
    for (let rows = first.rows; rows.length > 0; rows = (await ask(`FETCH ${BATCH_ROWS} FROM rows`)).rows) {
      yield rows.map((row) => row.map((value) => value ?? ''));
    }
  }
  return { columns: first.fields.map((field) => field.name), batches: batches() };
}
