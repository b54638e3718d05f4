import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { beforeAll, describe, expect, it } from 'vitest';
import { showError } from '../../../../../cli/errors.ts';
import { duckdbQuery } from '../../../../../node/data/query/duckdb.ts';
import { sha256 } from '../../../../../node/data/sha256.ts';
import type { TableSource } from '../../../../../node/data/table-source.ts';
import { DataError } from '../../../../../shared/data/data-error.ts';
import { temporaryFolder } from '../../../../support/digits.ts';

const folder = temporaryFolder();
const database = join(folder, 'clinic.duckdb');

beforeAll(async () => {
  const instance = await DuckDBInstance.create(database);
  const connection = await instance.connect();
  await connection.run(
    `CREATE TABLE visits (age INTEGER, dose DECIMAL(5, 2), weight FLOAT, number BIGINT, seen TIMESTAMP, good BOOLEAN);
     INSERT INTO visits VALUES (40, 2.50, 0.1, 9007199254740993, '2020-01-02', true), (NULL, NULL, NULL, NULL, NULL, NULL);
     CREATE TABLE many AS SELECT range AS n FROM range(5000);
     COPY many TO '${join(folder, 'many.parquet')}'`,
  );
  connection.closeSync();
  instance.closeSync();
});

async function records(source: TableSource, header = true): Promise<string[][]> {
  const found: string[][] = [];
  await source.read({ header, delimiter: ',' }, (fields) => found.push([...fields]));
  return found;
}

describe('a query of DuckDB', () => {
  it('reads a database: names, then rows as texts', async () => {
    expect(await records(duckdbQuery(database, 'SELECT * FROM visits;'))).toEqual([
      ['age', 'dose', 'weight', 'number', 'seen', 'good'],
      ['40', '2.50', '0.10000000149011612', '9007199254740993', '2020-01-02 00:00:00', 'true'],
      ['', '', '', '', '', ''],
    ]);
    expect(await records(duckdbQuery(database, 'FROM visits'), false)).toHaveLength(2);
  });

  it('reads files without a database, more than one batch of them', async () => {
    const parquet = `SELECT * FROM '${join(folder, 'many.parquet')}' ORDER BY n`;
    const rows = await records(duckdbQuery(undefined, parquet));
    expect(rows).toHaveLength(5001);
    expect(rows.at(-1)).toEqual(['4999']);
    writeFileSync(join(folder, 'a.json'), '[{"x": 1, "y": "b"}]');
    expect(await records(duckdbQuery(undefined, `SELECT * FROM '${join(folder, 'a.json')}'`))).toEqual([
      ['x', 'y'],
      ['1', 'b'],
    ]);
  });

  it.each([
    ['INSERT INTO visits VALUES (1, 1, 1, 1, NULL, true)', 'of the kind INSERT'],
    ['DROP TABLE visits', 'of the kind DROP'],
    ["COPY visits TO 'out.csv'", 'of the kind COPY'],
    ["ATTACH 'other.duckdb'", 'of the kind ATTACH'],
    ['INSTALL httpfs', 'of the kind LOAD'],
    ['SELECT 1; DROP TABLE visits', 'has 2 statements'],
    ['SELECT', 'is not understood: Failed to extract statements: Parser Error'],
    ['SELECT * FROM nowhere', 'is not understood: Catalog Error: Table with name nowhere does not exist'],
    ["SELECT * FROM 'https://localhost:1/a.parquet'", 'requires the extension httpfs'],
    ['SELECT * FROM visits WHERE false', 'gives no row'],
  ])('%s is refused, and changes nothing', async (query, reason) => {
    const before = sha256(readFileSync(database));
    const failure = records(duckdbQuery(database, query));
    await expect(failure).rejects.toThrow(reason);
    await expect(failure).rejects.toBeInstanceOf(DataError);
    expect(sha256(readFileSync(database))).toBe(before);
    expect(existsSync('out.csv')).toBe(false);
  });

  it('says in which row of the result something is wrong', async () => {
    const source = duckdbQuery(database, 'SELECT * FROM visits');
    const read = source.read({ header: true, delimiter: ',' }, (fields, line) => {
      if (fields[0] === '') throw new DataError('The cell is empty.', { file: source.name, line, column: 'age' });
    });
    const error = await read.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(showError(error, false).text).toBe(
      `error: ${database}, the query, row 2, column "age": The cell is empty.`,
    );
  });

  it('of a database that is not there, or none', async () => {
    await expect(records(duckdbQuery(join(folder, 'none.duckdb'), 'SELECT 1'))).rejects.toThrow('no such');
    writeFileSync(join(folder, 'rows.db'), 'x,y\n1,2\n'.repeat(1000));
    await expect(records(duckdbQuery(join(folder, 'rows.db'), 'SELECT 1'))).rejects.toThrow(
      'The database cannot be opened: IO Error',
    );
  });
});
