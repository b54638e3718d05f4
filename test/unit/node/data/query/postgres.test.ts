import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { postgresQuery } from '../../../../../node/data/query/postgres.ts';
import type { TableSource } from '../../../../../node/data/table-source.ts';
import { DataError } from '../../../../../shared/data/data-error.ts';
import { type PostgresServer, startPostgres } from '../../../../support/postgres.ts';

let server: PostgresServer | undefined;

beforeAll(async () => {
  server = await startPostgres();
  if (!server) {
    console.log('SKIPPED: queries of PostgreSQL: no server is installed (Debian: apt-get install postgresql)');
    return;
  }
  vi.stubEnv('PGPASSWORD', server.password);
  await server.run(`
    CREATE TABLE visits (age int, dose numeric(5, 2), weight real, good boolean, kind text);
    INSERT INTO visits VALUES (40, 2.50, 0.1, true, 'a'), (NULL, NULL, NULL, NULL, NULL);
    CREATE TABLE many AS SELECT n FROM generate_series(1, 25000) AS n;
    CREATE FUNCTION sneaky() RETURNS int LANGUAGE sql AS 'INSERT INTO visits (age) VALUES (1) RETURNING age';`);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await server?.stop();
});

async function records(source: TableSource, header = true): Promise<string[][]> {
  const found: string[][] = [];
  await source.read({ header, delimiter: ',' }, (fields) => found.push([...fields]));
  return found;
}

describe('a query of PostgreSQL', () => {
  it('reads names, then rows as texts, however many', async ({ skip }) => {
    if (!server) return skip();
    expect(await records(postgresQuery(server.reader, 'SELECT * FROM visits;'))).toEqual([
      ['age', 'dose', 'weight', 'good', 'kind'],
      ['40', '2.50', '0.1', 'true', 'a'],
      ['', '', '', '', ''],
    ]);
    const many = await records(postgresQuery(server.reader, 'SELECT n FROM many ORDER BY n'), false);
    expect(many).toHaveLength(25_000);
    expect(many.at(-1)).toEqual(['25000']);
  });

  it.each([
    ['INSERT INTO visits (age) VALUES (1)', /syntax error/],
    ['SELECT sneaky()', /read-only transaction/],
    ['SELECT 1; DROP TABLE visits', /multiple commands/],
    ['SELECT 1; COMMIT', /multiple commands/],
    ["SELECT set_config('transaction_read_only', 'off', true)", /read-write mode/],
    ['SELECT * INTO other FROM visits', /SELECT INTO|INTO is not allowed/],
    ['SELECT * FROM nowhere', /relation "nowhere" does not exist/],
    ['SELECT * FROM visits WHERE false', /gives no row/],
  ])('%s is refused also for the owner of the data, and changes nothing', async (query, reason) => {
    if (!server) return;
    const failure = records(postgresQuery(server.admin, query));
    await expect(failure).rejects.toThrow(reason);
    await expect(failure).rejects.toBeInstanceOf(DataError);
    const [, [count]] = (await records(
      postgresQuery(server.admin, "SELECT count(*) FROM visits WHERE to_regclass('other') IS NULL"),
    )) as [string[], string[]];
    expect(count).toBe('2');
  });

  it('never takes or shows a password of the command line', () => {
    const build = (): TableSource => postgresQuery('postgres://reader:s3cret@db/clinic', 'SELECT 1');
    expect(build).toThrow('The URL holds a password.');
    try {
      build();
    } catch (error) {
      expect(JSON.stringify(error)).not.toContain('s3cret');
      expect((error as DataError).hint).toContain('PGPASSWORD');
    }
    const source = postgresQuery('postgres://reader@db:5432/clinic?sslmode=require', 'SELECT 1');
    expect(source.name).toBe('postgres://reader@db:5432/clinic, the query');
  });

  it('of a server that is not there is told', async () => {
    const source = postgresQuery('postgres://reader@127.0.0.1:1/clinic', 'SELECT 1');
    await expect(records(source)).rejects.toThrow(/The database cannot be reached: .*ECONNREFUSED/);
  });
});
