import { readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterEach, describe, expect, test } from 'vitest';
import { DatasetFile } from '../../../node/data/block-file.ts';
import { ingest } from '../../../node/data/ingest.ts';
import { sha256 } from '../../../node/data/sha256.ts';
import { manifestBytes, parseManifest, trainRows } from '../../../shared/data/dataset.ts';
import { RowReader } from '../../../shared/data/row-reader.ts';
import type { DataJob } from '../../../shared/job/job.ts';
import { dataJob, folderWith } from './fixtures.ts';

const removers: (() => void)[] = [];
afterEach(() => {
  for (const remove of removers.splice(0)) remove();
});

async function ingested(content: string | Uint8Array, job: DataJob = dataJob(), seed = 1) {
  const { folder, remove } = folderWith(job.source, content);
  removers.push(remove);
  const cache = join(folder, 'cache');
  const { manifest, directory } = await ingest(job, folder, cache, seed);
  const file = await DatasetFile.open(directory);
  removers.unshift(() => file.close());
  return { folder, cache, manifest, directory, file };
}

/** Every row as `features|target`, read back. */
function rowsOf(file: DatasetFile): string[] {
  const { manifest } = file;
  const blocks = manifest.blocks.map((_, index) => file.readBlock(index));
  const reader = new RowReader(manifest, (index) => blocks[index]!);
  const indices = Uint32Array.from({ length: manifest.rows }, (_, row) => row);
  const features = new Float32Array(manifest.rows * manifest.features.count);
  const target =
    manifest.target.kind === 'class' ? new Int32Array(manifest.rows) : new Float32Array(manifest.rows);
  reader.gather(indices, features, target);
  return [...indices].map((row) => {
    const { count } = manifest.features;
    return `${features.subarray(row * count, (row + 1) * count).join(',')}|${target[row]}`;
  });
}

describe('ingest', () => {
  test('the digits: uint8 rows, ten classes in numeric order, a stratified fifth held out', async () => {
    const source = readFileSync('examples/digits/digits.csv.gz');
    const job = dataJob({
      source: 'digits.csv.gz',
      header: false,
      target: { column: 64, type: 'class' },
      shape: [1, 8, 8],
      test: 0.2,
    });
    const { manifest, file } = await ingested(source, job, 7);
    expect(manifest).toMatchObject({
      rows: 1797,
      features: { count: 64, type: 'uint8' },
      target: { name: '64', kind: 'class', type: 'int32', classes: [...'0123456789'] },
      rowBytes: 68,
      test: { rows: 359 },
      // Runs are resumed on the rows, in the order, that they began with.
      hash: '7b3238cf7bf18b36846f59261f3612c6d516a0e48d7322a47817394eabf56c94',
    });
    const expected = gunzipSync(source)
      .toString()
      .trim()
      .split('\n')
      .map((line) => line.trim().split(',').map(Number))
      .map((row) => `${row.slice(0, 64).join(',')}|${row[64]}`);
    const rows = rowsOf(file);
    expect([...rows].sort()).toEqual([...expected].sort());
    const perClass = Array.from({ length: 10 }, () => 0);
    for (const row of rows.slice(trainRows(manifest))) perClass[Number(row.split('|')[1])]!++;
    for (const held of perClass) expect(Math.abs(held - 35.9)).toBeLessThan(2);
  });

  test('fractions become float32, quoted names and a byte-order mark are understood, classes are sorted', async () => {
    const text = '\uFEFF"height, cm",weight,label\n1.5,-2,b\n\n3,"4.25",a\n5,6,b\n7,8,a\n';
    const { manifest, file } = await ingested(text, dataJob({ test: 0.5 }));
    expect(manifest.features).toEqual({ names: ['height, cm', 'weight'], count: 2, type: 'float32' });
    expect(manifest.target.classes).toEqual(['a', 'b']);
    expect(rowsOf(file).sort()).toEqual(['1.5,-2|1', '3,4.25|0', '5,6|1', '7,8|0']);
  });

  test('chosen columns keep the order in which they are named; another delimiter', async () => {
    const text = 'a;b;c;label\n1;2;3;x\n4;5;6;y\n7;8;9;x\n1;1;1;y\n';
    const job = dataJob({ delimiter: ';', columns: ['c', 'a'], test: 0 });
    const { manifest, file } = await ingested(text, job);
    expect(manifest.features.names).toEqual(['c', 'a']);
    expect(rowsOf(file).sort()).toEqual(['1,1|1', '3,1|0', '6,4|1', '9,7|0']);
  });

  test('numbers as a target are float32, and statistics are of the training rows only', async () => {
    const text = `x,y\n${Array.from({ length: 20 }, (_, i) => `${i},${i / 4}`).join('\n')}\n`;
    const job = dataJob({ target: { column: 'y', type: 'number' }, test: 0.25 });
    const { manifest, file } = await ingested(text, job);
    expect(manifest.target).toEqual({ name: 'y', kind: 'number', type: 'float32' });
    const rows = rowsOf(file).map((row) => row.split('|').map(Number));
    for (const [x, y] of rows) expect(y).toBe(x! / 4);
    const train = rows.slice(0, trainRows(manifest)).map(([x]) => x!);
    expect(train).toHaveLength(15);
    const mean = train.reduce((a, b) => a + b) / 15;
    expect(manifest.statistics.mean[0]).toBeCloseTo(mean, 9);
    const variance = train.reduce((sum, x) => sum + (x - mean) ** 2, 0) / 15;
    expect(manifest.statistics.deviation[0]).toBeCloseTo(Math.sqrt(variance), 9);
  });

  test('blocks are bounded, hashed, and hold whole rows', async () => {
    const row = Array.from({ length: 1000 }, (_, i) => i / 7).join(',');
    const text = `${Array.from({ length: 150 }, (_, i) => `${row},${i % 2}`).join('\n')}\n`;
    const job = dataJob({ header: false, target: { column: 1000, type: 'binary' }, test: 0.1 });
    const { manifest, file } = await ingested(text, job);
    expect(manifest.blocks.length).toBe(3);
    expect(manifest.target).toMatchObject({ kind: 'binary', type: 'int32', classes: ['0', '1'] });
    for (const [index, block] of manifest.blocks.entries()) {
      expect(block.bytes).toBeLessThanOrEqual(256 * 1024);
      expect(block.bytes % manifest.rowBytes).toBe(0);
      expect(sha256(file.readBlock(index))).toBe(block.hash);
      expect(file.indexOf(block.hash)).toBe(index);
    }
  });

  test('seed and split shape the result and are part of its place in the cache; the same again is found there', async () => {
    const text = `x,label\n${Array.from({ length: 40 }, (_, i) => `${i},${i % 2}`).join('\n')}\n`;
    const { folder, cache, manifest, directory } = await ingested(text);
    const before = statSync(join(directory, 'rows.bin')).mtimeMs;
    const again = await ingest(dataJob(), folder, cache, 1);
    expect(again).toEqual({ manifest, directory });
    expect(statSync(join(directory, 'rows.bin')).mtimeMs).toBe(before);
    const other = await ingest(dataJob(), folder, cache, 2);
    expect(other.directory).not.toBe(directory);
    expect(other.manifest.hash).not.toBe(manifest.hash);
    expect(readdirSync(cache).filter((name) => name.startsWith('.'))).toEqual([]);
    rmSync(cache, { recursive: true });
    expect((await ingest(dataJob(), folder, cache, 1)).manifest).toEqual(manifest);
  });

  test('a damaged cache entry is ingested again', async () => {
    const { folder, cache, directory, manifest } = await ingested('x,label\n1,a\n2,b\n3,a\n4,b\n');
    truncateSync(join(directory, 'rows.bin'), 3);
    const again = await ingest(dataJob(), folder, cache, 1);
    expect(again.manifest).toEqual(manifest);
    expect(statSync(join(directory, 'rows.bin')).size).toBe(manifest.rows * manifest.rowBytes);
  });

  test('a changed block is noticed when it is read', async () => {
    const { directory, file } = await ingested('x,label\n1,a\n2,b\n3,a\n4,b\n');
    const rows = join(directory, 'rows.bin');
    const bytes = readFileSync(rows);
    bytes[0]! ^= 1;
    writeFileSync(rows, bytes);
    expect(() => file.readBlock(0)).toThrow(/Block 0 .* damaged/);
  });
});

describe('parseManifest', () => {
  test('accepts what ingest wrote, refuses what was changed', async () => {
    const { manifest } = await ingested('x,label\n1,a\n2,b\n3,a\n4,b\n');
    expect(await parseManifest(JSON.stringify(manifest), sha256)).toEqual(manifest);
    const changed = { ...manifest, test: { rows: 0 } };
    await expect(parseManifest(JSON.stringify(changed), sha256)).rejects.toThrow(/its hash is/);
    const wrong = { ...manifest, rowBytes: 12 };
    const rehashed = { ...wrong, hash: sha256(manifestBytes(wrong)) };
    await expect(parseManifest(JSON.stringify(rehashed), sha256)).rejects.toThrow(/contradicts itself: rowBytes/);
    await expect(parseManifest('{"rows": -1}', sha256)).rejects.toThrow(/malformed/);
  });
});

describe('data that cannot be trained on', () => {
  const good = 'x,label\n1,a\n2,b\n3,a\n4,b\n';
  const cases: [string, string | Uint8Array, Parameters<typeof dataJob>[0], RegExp, object][] = [
    ['unknown target column', good, { target: { column: 'lable', type: 'class' } }, /no target column "lable"/, { hint: 'Did you mean "label"?' }],
    ['unknown column, of which the nearest is a feature already', 'age,agee2,label\n1,1,a\n2,2,b\n', { columns: ['age', 'agee'] }, /no feature column "agee"/, { hint: 'Did you mean "agee2"?' }],
    ['unknown column, with none near but one that is named already', good, { columns: ['x', 'xx'] }, /no feature column "xx"/, { hint: 'Did you mean "x"?' }],
    ['unknown feature column', good, { columns: ['z'] }, /no feature column "z"\. The columns are: x, label/, { line: 1, column: 'z' }],
    ['a number where there is a header', good, { target: { column: 1, type: 'class' } }, /no target column "1"/, { hint: 'The file has a header, so columns are given by their names: column 1, counted from 0, is "label".' }],
    ['a number beyond the header', good, { target: { column: 9, type: 'class' } }, /no target column "9"/, { hint: 'The file has a header, so columns are given by their names.' }],
    ['a name where there is no header', '1,0\n2,1\n', { header: false }, /"label" is a name, but the file has no header/, {}],
    ['a number beyond the columns', '1,0\n2,1\n', { header: false, target: { column: 2, type: 'class' } }, /no target column 2: the first line has 2 columns, 0 to 1/, { column: 2 }],
    ['an empty file', '', {}, /The file is empty/, {}],
    ['a header and no row', 'x,label\n', {}, /a header, but no row/, {}],
    ['only one class', 'x,label\n1,a\n2,a\n', {}, /same target "a"/, { column: 'label' }],
    ['NaN in a feature', 'x,label\n1,a\nNaN,b\n', {}, /"NaN" is not a finite number/, { line: 3, column: 'x' }],
    [
      'a target whose square leaves float32',
      'x,label\n1,3\n1,-1e20\n',
      { target: { column: 'label', type: 'number' } },
      /-100000000000000000000 is too large for a target/,
      { line: 3, column: 'label' },
    ],
    ['too large for float32', 'x,label\n1,a\n1e300,b\n', {}, /"1e300" is not a finite number in float32/, { line: 3 }],
    ['an empty cell', 'x,label\n1,a\n ,b\n', {}, /The cell is empty/, { line: 3, column: 'x' }],
    ['a word in a feature', 'x,label\n1,a\nred,b\n', {}, /"red" is not a number/, { line: 3, column: 'x' }],
    ['a header taken for data', good, { header: false, target: { column: 1, type: 'class' } }, /"x" is not a number/, { line: 1, hint: expect.stringContaining('header to true') }],
    ['data taken for a header', '5,5,0\n2,2,1\n', { target: { column: '0', type: 'class' } }, /names "5" twice/, { hint: expect.stringContaining('header to false') }],
    ['an empty target', 'x,label\n1,a\n2,\n', {}, /The target is empty/, { line: 3, column: 'label' }],
    ['a NaN target', 'x,label\n1,a\n2,nan\n', {}, /The target is NaN/, { line: 3 }],
    ['a ragged row', 'x,label\n1,a\n2,b,c\n', {}, /3 fields, the first line has 2/, { line: 3 }],
    ['three values of a binary target', 'x,label\n1,a\n2,b\n3,c\n', { target: { column: 'label', type: 'binary' } }, /has 3: a, b, c/, {}],
    ['a word as a number target', good, { target: { column: 'label', type: 'number' } }, /"a" is not a number/, { line: 2, column: 'label', hint: expect.stringMatching(/^Every row needs its number.*data\.target\.type: class/) }],
    ['N/A as a number target', 'x,label\n1,2\n2,N/A\n', { target: { column: 'label', type: 'number' } }, /"N\/A" is not a finite number/, { line: 3, column: 'label', hint: expect.stringContaining('drop the row') }],
    ['the target among the features', good, { columns: ['x', 'label'] }, /The target is among the features/, {}],
    ['a feature twice', good, { columns: ['x', 'x'] }, /a feature twice/, { column: 'x' }],
    ['the wrong delimiter', 'x;label\n1;a\n', { delimiter: ',' }, /no target column "label"/, {}],
    ['a shape that does not fit', good, { shape: [2, 2] }, /shape \[2, 2\] has 4 values, but there are 1 feature columns/, {}],
    ['.gz that is plain text', good, { source: 'data.csv.gz' }, /the file is not gzip/, {}],
    ['gzip cut short', gzipSync(`${good}${'3,a\n'.repeat(9000)}`).subarray(0, -20), { source: 'data.csv.gz' }, /Unpacking failed/, {}],
    ['UTF-16', Buffer.from(good, 'utf16le'), {}, /not text in UTF-8/, {}],
    ['a quote that is never closed', 'x,label\n1,"a\n2,b\n', {}, /no valid CSV: Quote Not Closed/, { line: 3 }],
    ['too few rows for the split', 'x,label\n1,a\n2,b\n', {}, /2 rows are too few to hold out 0.25 of them/, {}],
    ['a class of each row, which was called too few rows', `x,label\n${Array.from({ length: 60 }, (_, row) => `1,n${row}\n`).join('')}`, {}, /each class of the target has a single row \(60 classes in 60 rows\).*probably a number or an id/, {}],
  ];
  test.each(cases)('%s', async (_, content, overrides, message, place) => {
    const job = dataJob(overrides);
    const { folder, remove } = folderWith(job.source, content);
    removers.push(remove);
    const cache = join(folder, 'cache');
    const failure = ingest(job, folder, cache, 1);
    await expect(failure).rejects.toMatchObject({ name: 'DataError', file: join(folder, job.source), ...place });
    await expect(failure).rejects.toThrow(message);
    // Nothing half-written stays.
    const left = readdirSync(folder).includes('cache') ? readdirSync(cache) : [];
    expect(left).toEqual([]);
  });

  test('no such file', async () => {
    const { folder, remove } = folderWith('other.csv', good);
    removers.push(remove);
    await expect(ingest(dataJob(), folder, join(folder, 'cache'), 1)).rejects.toMatchObject({
      message: 'There is no such file.',
      hint: 'Paths in a job file are relative to the job file.',
    });
  });
});
