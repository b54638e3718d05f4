import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { columnName } from '../../shared/data/class-name.ts';
import { DataError } from '../../shared/data/data-error.ts';
import { readable, readCsv } from './csv-rows.ts';
import { sha256, sha256File } from './sha256.ts';

/** How a table's records are to come. */
export interface TableFormat {
  /** The first record holds the columns' names. */
  readonly header: boolean;
  readonly delimiter: string;
}

/** Where the records of a table come from: files, or a query. It may be read several times, and gives the same each time. */
export interface TableSource {
  /** How people call it. */
  readonly name: string;
  /**
   * Hex SHA-256 of all that `read` gives; undefined where only reading it all would tell.
   *
   * @throws DataError when there is nothing to read
   */
  hash(): Promise<string | undefined>;
  /**
   * @param onRecord called with the fields, and the line or row (from 1); what it throws ends the reading
   * @throws DataError
   */
  read(format: TableFormat, onRecord: (fields: readonly string[], line: number) => void): Promise<void>;
}

/** A CSV file, gzipped or not. @param delimiter of this file, where it is not the run's */
export function csvFile(file: string, delimiter?: string): TableSource {
  return {
    name: file,
    async hash() {
      await readable(file);
      return sha256File(file);
    },
    read: (format, onRecord) => readCsv(file, delimiter ?? format.delimiter, onRecord),
  };
}

const TABLE = /\.(csv|tsv|txt)(\.gz)?$/i;

function isTableName(name: string): boolean {
  return TABLE.test(name) && !name.startsWith('.');
}

export function hasTable(folder: string): boolean {
  return readdirSync(folder).some(isTableName);
}

/**
 * All tables of a folder, one behind the other in the order of their names. All have the same columns.
 *
 * @throws DataError when there are none
 */
export function csvFolder(folder: string, delimiter?: string): TableSource {
  const names = readdirSync(folder).filter(isTableName).sort();
  if (names.length === 0) {
    const hint = 'Tables are files whose names end in .csv, .tsv or .txt, gzipped or not.';
    throw new DataError('There is no table in this folder.', { file: folder, hint });
  }
  const files = names.map((name) => join(folder, name));
  return {
    name: `${folder} (${files.length} ${files.length === 1 ? 'file' : 'files'})`,
    async hash() {
      for (const file of files) await readable(file);
      return sha256((await Promise.all(files.map(sha256File))).join('\n'));
    },
    async read(format, onRecord) {
      let columns: readonly string[] | undefined;
      for (const file of files) {
        let isFirst = true;
        await readCsv(file, delimiter ?? format.delimiter, (fields, line) => {
          const isHeader = isFirst && format.header;
          isFirst = false;
          if (isHeader && columns) return sameColumns(columns, fields, { file, line, first: files[0]! });
          columns ??= fields;
          located(file, () => onRecord(fields, line));
        });
      }
    },
  };
}

function sameColumns(
  wanted: readonly string[],
  found: readonly string[],
  { file, line, first }: { readonly file: string; readonly line: number; readonly first: string },
): void {
  const differs = (names: readonly string[], others: readonly string[]): number =>
    names.findIndex((name, index) => {
      const other = others[index];
      return other === undefined || columnName(name) !== columnName(other);
    });
  const at = Math.max(differs(wanted, found), differs(found, wanted));
  if (at < 0) return;
  const [here, there] = [found[at], wanted[at]].map((name) =>
    name === undefined ? 'none' : `"${name.trim()}"`,
  );
  const hint = 'All tables of a folder have the same columns, in the same order.';
  const message = `Column ${at + 1} is ${here}, and in ${basename(first)} it is ${there}.`;
  throw new DataError(message, { file, line, hint });
}

/** What is wrong is told of the file that it is in. */
function located(file: string, run: () => void): void {
  try {
    run();
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    const { message, line, column, hint, key, nearest } = error;
    throw new DataError(message, { file, line, column, hint, key, nearest }, { cause: error });
  }
}
