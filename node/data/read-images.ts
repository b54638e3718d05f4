import { readSync } from 'node:fs';
import { DataError } from '../../shared/data/data-error.ts';
import {
  CLASS,
  exampleColumns,
  exampleOf,
  type ImageJob,
  imageFormOf,
  pixelNames,
} from '../../shared/data/images/image-job.ts';
import { heldOutTable, splitTable, tableRows } from '../../shared/data/table-rows.ts';
import type { Scan } from '../../shared/data/table-scan.ts';
import type { RowSource } from '../../shared/data/write-blocks.ts';
import { decodeImage } from '../images/decode-image.ts';
import { type ImageFolder, imageFolder } from './image-folder.ts';
import type { TableOptions } from './read-table.ts';
import { writeWhole } from './write-whole.ts';

/** The images of a job, found but not read: of the classes that the run or the job says. */
export function findImages(job: ImageJob, folder: string, { declared }: TableOptions = {}): ImageFolder {
  const { target } = job;
  const known = declared?.classes ?? ('classes' in target ? target.classes : undefined);
  return imageFolder(folder, { labelled: target.type !== 'none', known });
}

/**
 * Images as rows of bytes: the middle of each, in the job's shape; a seeded, class-stratified split, training rows first.
 *
 * @param spool file descriptor, for pixels in the folder's order: four bytes each
 * @throws DataError with the file of the first fault
 */
export async function readImages(
  job: ImageJob,
  { folder, images }: { readonly folder: string; readonly images: ImageFolder },
  spool: number,
  seed: number,
  { declared, heldOut }: TableOptions = {},
): Promise<RowSource> {
  if (!declared) checkClasses(job, folder, images);
  const scanned = await scanImages(job, folder, images, spool);
  const split = heldOut === 'all' ? heldOutTable(scanned) : splitTable(job, folder, scanned, seed);
  const read = (index: number, row: Float32Array | Int32Array): void => {
    readSync(spool, row, 0, row.byteLength, index * row.byteLength);
  };
  const rows = tableRows(job, scanned, split, read, { declared });
  if (job.features.normalize.kind === 'standardize') return rows;
  // Of a hundred thousand pixels they would be most of the manifest, and nothing asks for them.
  const { count } = rows.features;
  return { ...rows, statistics: { mean: Array(count).fill(0), deviation: Array(count).fill(1) } };
}

async function scanImages(
  job: ImageJob,
  folder: string,
  { files, classes }: ImageFolder,
  spool: number,
): Promise<Scan> {
  const form = imageFormOf(job, folder);
  for (const { path } of files) {
    writeWhole(spool, exampleOf(await decodeImage(path), form));
  }
  return {
    rows: files.length,
    columns: exampleColumns(pixelNames(form), classes && CLASS),
    bytes: true,
    targets: Float32Array.from(classes ? files : [], ({ label }) => label),
    width: classes ? 1 : 0,
    classes,
    words: new Map(),
  };
}

function checkClasses({ target }: ImageJob, folder: string, { classes }: ImageFolder): void {
  if (!classes) return;
  if (classes.length < 2) {
    const hint = 'A classifier needs the folders of at least two classes.';
    throw new DataError(`All images are of the class "${classes[0]}": there is nothing to tell apart.`, {
      file: folder,
      hint,
    });
  }
  if (target.type === 'binary' && classes.length !== 2) {
    const hint = 'Use data.target.type: class, with the loss cross-entropy.';
    throw new DataError(`A binary target has two classes, here are ${classes.length}.`, {
      file: folder,
      hint,
    });
  }
}
