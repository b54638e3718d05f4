import { DataError } from '../../shared/data/data-error.ts';
import { isImages } from '../../shared/data/images/image-job.ts';
import { isTable } from '../../shared/data/table-job.ts';
import type { RowSource } from '../../shared/data/write-blocks.ts';
import type { DataJob } from '../../shared/job/data-job.ts';
import { readable } from './csv-rows.ts';
import { hashImages } from './image-folder.ts';
import { findImages, readImages } from './read-images.ts';
import { readTable, type TableOptions } from './read-table.ts';
import { readTextWindows } from './read-text.ts';
import { sha256File } from './sha256.ts';
import { csvFile, type TableSource } from './table-source.ts';
import type { Place } from './tokenizer-file.ts';

/** Where rows come from: a table, images or a text. */
export interface Source {
  /** Hex SHA-256 of all that is read; undefined where only reading it all would tell. */
  hash(): Promise<string | undefined>;
  /**
   * @param place where a tokenizer is found and written
   * @param spool file descriptor, for features in the source's order
   */
  rows(place: Place, spool: number, seed: number): Promise<RowSource>;
}

/**
 * @param path of the file or folder
 * @param options.table where a table comes from, in place of the file
 * @throws DataError when there is nothing to read
 */
export async function sourceOf(
  job: DataJob,
  path: string,
  options: TableOptions & { readonly table?: TableSource | undefined },
): Promise<Source> {
  if (isTable(job)) {
    const table = options.table ?? csvFile(path);
    return {
      hash: () => table.hash(),
      rows: (place, spool, seed) => readTable(job, table, place, spool, seed, options),
    };
  }
  if (isImages(job)) {
    const images = findImages(job, path, options);
    return {
      hash: () => hashImages(path, images),
      rows: (_, spool, seed) => readImages(job, { folder: path, images }, spool, seed, options),
    };
  }
  const { tokens } = job;
  if (!tokens) throw new DataError('A text needs a tokenizer and a context.', { file: path });
  await readable(path);
  return {
    hash: () => sha256File(path),
    rows: (place) => readTextWindows(job, tokens, path, place, options.heldOut),
  };
}
