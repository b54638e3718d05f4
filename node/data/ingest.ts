import { randomUUID } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { canonicalJson } from '../../shared/data/canonical.ts';
import type { DatasetManifest } from '../../shared/data/dataset.ts';
import { isImages } from '../../shared/data/images/image-job.ts';
import { writeBlocks } from '../../shared/data/write-blocks.ts';
import type { DataJob, TokensJob } from '../../shared/job/data-job.ts';
import { writingTo } from '../files/full-disk.ts';
import { DatasetFile, MANIFEST_FILE, ROWS_FILE } from './block-file.ts';
import { readable } from './csv-rows.ts';
import { noRows } from './no-rows.ts';
import type { TableOptions } from './read-table.ts';
import { sha256, sha256File } from './sha256.ts';
import { type Source, sourceOf } from './source.ts';
import type { TableSource } from './table-source.ts';
import type { Place } from './tokenizer-file.ts';
import { writeWhole } from './write-whole.ts';

/** Part of the cache key: raised when the stored form or the way of splitting changes. */
const INGEST_VERSION = 1;
/** The same, of several targets only: 1 was a split without strata. */
const SEVERAL_SPLIT = 2;

export interface Ingested {
  readonly manifest: DatasetManifest;
  /** The folder to give to `DatasetFile.open`. */
  readonly directory: string;
}

export interface IngestOptions extends TableOptions {
  /** Where the table comes from, in place of the job's file. */
  readonly table?: TableSource | undefined;
}

/**
 * Turns the job's CSV file, images or text into a dataset of hashed, fixed-width rows, training rows first.
 * The result is kept under `cacheDirectory` by the hash of the file's content and of all that shapes the result, and is found
 * there the next time. It appears there whole or not at all.
 *
 * @param options of a federated run: what its tables have in common, whether all rows are held out, where a table comes from
 * @param baseDirectory what `data.source` is relative to: the job file's folder
 * @throws DataError with file, line and column
 */
export async function ingest(
  job: DataJob,
  baseDirectory: string,
  cacheDirectory: string,
  seed: number,
  options: IngestOptions = {},
): Promise<Ingested> {
  // Members hold all rows: what there is is the form of a row.
  const file = job.heldBy && job.source === '' ? undefined : resolve(baseDirectory, job.source);
  const source = file === undefined ? undefined : await sourceOf(job, file, options);
  const hash = source === undefined ? '' : await source.hash();
  const key = sha256(
    canonicalJson({
      version: INGEST_VERSION,
      // What only reading tells is kept apart each time, until it is known what it is.
      source: hash ?? randomUUID(),
      format: job.format,
      target: job.target,
      columns: job.features.columns,
      ...(job.features.categories && { categories: job.features.categories }),
      ...(job.features.lengths && { lengths: job.features.lengths }),
      shape: job.features.shape,
      ...(isImages(job) && { normalize: job.features.normalize.kind }),
      ...(job.tokens && { tokens: await tokensKey(job.tokens, baseDirectory) }),
      test: job.test,
      ...(job.target.type === 'several' && { split: SEVERAL_SPLIT }),
      seed,
      ...(options.declared && { declared: options.declared }),
      ...(options.heldOut && { heldOut: options.heldOut }),
    }),
  );
  const directory = join(cacheDirectory, key.slice(0, 32));
  const cached = await intact(directory);
  if (cached) return { manifest: cached, directory };

  const building = join(cacheDirectory, `.building-${key.slice(0, 8)}-${randomUUID()}`);
  mkdirSync(building, { recursive: true });
  try {
    const manifest = await writingTo(cacheDirectory, () =>
      build(job, source, { baseDirectory, directory: building }, seed, options),
    );
    const place = hash === undefined ? join(cacheDirectory, manifest.hash.slice(0, 32)) : directory;
    publish(building, place);
    return { manifest, directory: place };
  } finally {
    rmSync(building, { recursive: true, force: true });
  }
}

/** The manifest of an earlier ingestion; what is damaged is removed. */
async function intact(directory: string): Promise<DatasetManifest | undefined> {
  if (!existsSync(directory)) return undefined;
  try {
    const dataset = await DatasetFile.open(directory);
    dataset.close();
    return dataset.manifest;
  } catch {
    rmSync(directory, { recursive: true, force: true });
    return undefined;
  }
}

async function build(
  job: DataJob,
  source: Source | undefined,
  place: Place,
  seed: number,
  options: TableOptions,
): Promise<DatasetManifest> {
  const { directory } = place;
  const spool = openSync(join(directory, 'spool'), 'w+');
  const out = openSync(join(directory, ROWS_FILE), 'w');
  try {
    const rows = source
      ? await source.rows(place, spool, seed)
      : await noRows(job, place, options.declared ?? {});
    const manifest = writeBlocks(
      rows,
      (block) => writeWhole(out, block),
      sha256,
      options.declared?.statistics ?? rows.statistics,
    );
    fsyncSync(out);
    writeFileSync(join(directory, MANIFEST_FILE), `${JSON.stringify(manifest)}\n`, { flush: true });
    rmSync(join(directory, 'spool'));
    return manifest;
  } finally {
    closeSync(spool);
    closeSync(out);
  }
}

/** A tokenizer that is a file counts by its content. */
async function tokensKey(tokens: TokensJob, baseDirectory: string): Promise<unknown> {
  const { tokenizer } = tokens;
  if (tokenizer.kind !== 'file') return tokens;
  const path = resolve(baseDirectory, tokenizer.path);
  await readable(path);
  return { ...tokens, tokenizer: { kind: 'file', hash: await sha256File(path) } };
}

/** Another process may have finished the same dataset meanwhile; then theirs, which is equal, stays. */
function publish(building: string, directory: string): void {
  try {
    renameSync(building, directory);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error;
  }
}
