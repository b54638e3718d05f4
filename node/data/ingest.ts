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
import { DataError } from '../../shared/data/data-error.ts';
import type { DatasetManifest } from '../../shared/data/dataset.ts';
import { type Split, stratifiedSplit } from '../../shared/data/split.ts';
import type { DataJob } from '../../shared/job/job.ts';
import { createRandom } from '../../shared/parameters/random.ts';
import { DatasetFile, MANIFEST_FILE, ROWS_FILE } from './block-file.ts';
import { readable } from './csv-rows.ts';
import { type Scan, scan } from './scan.ts';
import { sha256, sha256File } from './sha256.ts';
import { writeBlocks } from './write-blocks.ts';

/** Part of the cache key: raised when the stored form or the way of splitting changes. */
const INGEST_VERSION = 1;

export interface Ingested {
  readonly manifest: DatasetManifest;
  /** The folder to give to `DatasetFile.open`. */
  readonly directory: string;
}

/**
 * Turns the job's CSV file into a dataset of hashed, fixed-width rows: a seeded, class-stratified split, training rows first.
 * The result is kept under `cacheDirectory` by the hash of the file's content and of all that shapes the result, and is found
 * there the next time. It appears there whole or not at all.
 *
 * @param baseDirectory what `data.source` is relative to: the job file's folder
 * @throws DataError with file, line and column
 */
export async function ingest(
  job: DataJob,
  baseDirectory: string,
  cacheDirectory: string,
  seed: number,
): Promise<Ingested> {
  const file = resolve(baseDirectory, job.source);
  await readable(file);
  const key = sha256(
    canonicalJson({
      version: INGEST_VERSION,
      source: await sha256File(file),
      format: job.format,
      target: job.target,
      columns: job.features.columns,
      shape: job.features.shape,
      test: job.test,
      seed,
    }),
  );
  const directory = join(cacheDirectory, key.slice(0, 32));
  const cached = await intact(directory);
  if (cached) return { manifest: cached, directory };

  const building = join(cacheDirectory, `.building-${key.slice(0, 8)}-${randomUUID()}`);
  mkdirSync(building, { recursive: true });
  try {
    const manifest = await build(job, file, building, seed);
    publish(building, directory);
    return { manifest, directory };
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

async function build(job: DataJob, file: string, directory: string, seed: number): Promise<DatasetManifest> {
  const spool = openSync(join(directory, 'spool'), 'w+');
  const out = openSync(join(directory, ROWS_FILE), 'w');
  try {
    const scanned = await scan(job, file, spool);
    const random = createRandom(seed);
    const split = stratifiedSplit(scanned.rows, scanned.classes && scanned.targets, job.test, () =>
      random.next(),
    );
    checkSplit(job, file, scanned, split);
    const manifest = writeBlocks(job, scanned, split, spool, out);
    fsyncSync(out);
    writeFileSync(join(directory, MANIFEST_FILE), `${JSON.stringify(manifest)}\n`, { flush: true });
    rmSync(join(directory, 'spool'));
    return manifest;
  } finally {
    closeSync(spool);
    closeSync(out);
  }
}

function checkSplit(job: DataJob, file: string, { rows }: Scan, { testRows }: Split): void {
  if (rows - testRows < 1 || (job.test > 0 && testRows < 1)) {
    throw new DataError(
      `${rows} ${rows === 1 ? 'row is' : 'rows are'} too few for data.test ${job.test}: ${rows - testRows} for training and ${testRows} held out.`,
      { file, hint: 'Add rows, or change data.test so that both parts have some.' },
    );
  }
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
