import { mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DatasetFile } from '../../../node/data/block-file.ts';
import { type IngestOptions, ingest } from '../../../node/data/ingest.ts';
import { findImages, readImages } from '../../../node/data/read-images.ts';
import type { ImageJob } from '../../../shared/data/images/image-job.ts';
import { RowReader } from '../../../shared/data/row-reader.ts';
import type { DataJob } from '../../../shared/job/job.ts';
import { temporaryFolder } from '../../support/digits.ts';
import { plainJpeg, plainPng, redsAndBlues, writeFiles } from '../../support/images.ts';

let folder: string;
const opened: DatasetFile[] = [];
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => {
  for (const file of opened.splice(0)) file.close();
});

function imageJob(overrides: Partial<DataJob> = {}, shape = [3, 4, 4]): DataJob {
  return {
    source: 'images',
    format: { type: 'images' },
    target: { type: 'class', column: 'class' },
    features: { columns: undefined, shape, normalize: { kind: 'divide', by: 255 } },
    test: 0.25,
    licence: undefined,
    ...overrides,
  };
}

async function ingested(job = imageJob(), options: IngestOptions = {}) {
  const { manifest, directory } = await ingest(job, folder, join(folder, 'cache'), 3, options);
  const file = await DatasetFile.open(directory);
  opened.push(file);
  const blocks = manifest.blocks.map((_, index) => file.readBlock(index));
  const indices = Uint32Array.from({ length: manifest.rows }, (_, row) => row);
  const pixels = new Float32Array(manifest.rows * manifest.features.count);
  const targets = new Int32Array(manifest.rows);
  new RowReader(manifest, (index) => blocks[index]!).gather(indices, pixels, targets);
  const row = (index: number) =>
    Array.from(pixels.subarray(index * manifest.features.count, (index + 1) * manifest.features.count));
  return { manifest, directory, row, targets };
}

describe('images in class folders', () => {
  it('become rows of bytes, channel by channel, with their folders as classes', async () => {
    redsAndBlues(join(folder, 'images'), 8);
    const { manifest, row, targets } = await ingested();
    expect(manifest).toMatchObject({
      rows: 16,
      test: { rows: 4 },
      features: { count: 48, type: 'uint8' },
      target: { kind: 'class', name: 'class', classes: ['blue', 'red'] },
    });
    expect(manifest.statistics.deviation.every((value) => value === 1)).toBe(true);
    for (let index = 0; index < 16; index++) {
      const [red, blue] = [row(index).slice(0, 16), row(index).slice(32)];
      // JPEG keeps a colour to a few units.
      expect(red.every((value, at) => (targets[index] === 1 ? value > blue[at]! + 20 : value + 20 < blue[at]!))).toBe(true);
    }
    // Of every class alike.
    expect(Array.from(targets.slice(12)).sort()).toEqual([0, 0, 1, 1]);
  });

  it('are the middle of each image, averaged, in grey where that is asked for', async () => {
    writeFiles(join(folder, 'images'), {
      'a/wide.png': plainPng(40, 8, [10, 20, 30]),
      'a/tall.jpeg': plainJpeg(8, 40, [200, 200, 200]),
      'b/deep/er.PNG': plainPng(1, 1, [255, 255, 255]),
      'b/notes.txt': 'no image',
      '.git/x.png': 'hidden',
    });
    const { manifest, row, targets } = await ingested(imageJob({ test: 0 }, [1, 2, 2]));
    expect(manifest.rows).toBe(3);
    const grey = Math.round(0.299 * 10 + 0.587 * 20 + 0.114 * 30);
    const rows = [0, 1, 2].map((index) => [targets[index], ...row(index)]);
    expect(rows).toContainEqual([0, grey, grey, grey, grey]);
    expect(rows).toContainEqual([1, 255, 255, 255, 255]);
  });

  it('are read once: the same files are found again, a changed one is read anew', async () => {
    redsAndBlues(join(folder, 'images'), 4);
    const before = await ingested();
    expect((await ingested()).directory).toBe(before.directory);
    writeFiles(join(folder, 'images'), { 'red/0.png': plainPng(6, 6, [255, 0, 0]) });
    const after = await ingested();
    expect(after.directory).not.toBe(before.directory);
    expect(after.manifest.hash).not.toBe(before.manifest.hash);
    const standardized = imageJob({ features: { columns: undefined, shape: [3, 4, 4], normalize: { kind: 'standardize' } } });
    expect((await ingested(standardized)).manifest.statistics.mean[0]).toBeGreaterThan(0);
  });

  it('leave the event loop its turn after each of them', async () => {
    redsAndBlues(join(folder, 'images'), 30);
    const job = imageJob() as ImageJob;
    const images = findImages(job, join(folder, 'images'));
    await using spool = await open(join(folder, 'spool'), 'w+');
    let turns = 0;
    let immediate = setImmediate(function turn() {
      turns++;
      immediate = setImmediate(turn);
    });
    await readImages(job, { folder, images }, spool.fd, 3);
    clearImmediate(immediate);
    expect(turns).toBeGreaterThanOrEqual(images.files.length);
  });

  it('have the classes that the job says, in its order', async () => {
    redsAndBlues(join(folder, 'images'), 4);
    const { manifest } = await ingested(imageJob({ target: { type: 'class', column: 'class', classes: ['red', 'blue', 'green'] } }));
    expect(manifest.target.classes).toEqual(['red', 'blue', 'green']);
    const other = imageJob({ target: { type: 'class', column: 'class', classes: ['red', 'green'] } });
    await expect(ingested(other)).rejects.toMatchObject({
      file: join(folder, 'images', 'blue'),
      message: 'The folder is named after none of the classes.',
    });
  });

  it('of a participant have the run’s classes, of which some may lack; held out, all are for evaluation', async () => {
    redsAndBlues(join(folder, 'images'), 4);
    rmSync(join(folder, 'images', 'blue'), { recursive: true });
    const own = await ingested(imageJob({ heldBy: 'members' }), { declared: { classes: ['blue', 'red'] } });
    expect(own.manifest.target.classes).toEqual(['blue', 'red']);
    expect([...new Set(own.targets)]).toEqual([1]);
    const heldOut = { declared: { classes: ['blue', 'red'] }, heldOut: 'all' } as const;
    expect((await ingested(imageJob({ heldBy: 'members' }), heldOut)).manifest.test.rows).toBe(4);
    // The form of a row, where there is none.
    const none = await ingest(imageJob({ heldBy: 'members', source: '' }), folder, join(folder, 'cache'), 3, {
      declared: { classes: ['blue', 'red'] },
    });
    expect(none.manifest.features).toEqual(own.manifest.features);
    expect(none.manifest.target).toEqual(own.manifest.target);
  });

  it('are taken once where links lead back to folders that they are in; folders are none, whatever they are called', async () => {
    redsAndBlues(join(folder, 'images'), 4);
    const plain = (await ingested()).manifest.rows;
    symlinkSync('.', join(folder, 'images/red/again'));
    symlinkSync('.', join(folder, 'images/red/once-more'));
    mkdirSync(join(folder, 'images/blue/sub.png'));
    expect((await ingested()).manifest.rows).toBe(plain);
  });

  it('need no folders where nothing is predicted', async () => {
    writeFiles(join(folder, 'images'), { 'x.png': plainPng(4, 4, [9, 9, 9]), 'sub/y.png': plainPng(4, 4, [7, 7, 7]) });
    const { manifest } = await ingested(imageJob({ target: { type: 'none' }, test: 0.5 }));
    expect(manifest).toMatchObject({ rows: 2, target: { kind: 'none' } });
  });

  const png = plainPng(4, 4, [1, 2, 3]);
  it.each([
    ['a class', { 'a/x.png': png }, 'images', 'All images are of the class "a": there is nothing to tell apart.'],
    ['class folders', { 'x.png': png }, 'images', 'There is no folder of a class in this folder.'],
    ['an image in each', { 'a/x.png': png, 'b/x.txt': '' }, 'images/b', 'There is no image in this folder.'],
    ['PNG or JPEG', { 'a/x.png': png, 'b/x.webp': '' }, 'images/b/x.webp', 'An image of this kind is not read.'],
    ['whole files', { 'a/x.png': png, 'b/y.png': png.subarray(0, 40) }, 'images/b/y.png', /^The image is damaged/],
    ['a folder', {}, 'images', 'There is no such file or folder.'],
  ])('need %s: it is said what is wrong where', async (_, files, file, message) => {
    writeFiles(join(folder, 'images'), files);
    await expect(ingested()).rejects.toMatchObject({ name: 'DataError', file: join(folder, file), message });
  });
});
