import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, test } from 'vitest';
import { DatasetFile } from '../../../node/data/block-file.ts';
import { ingest } from '../../../node/data/ingest.ts';
import { sha256 } from '../../../node/data/sha256.ts';
import { parseManifest, targetCount, trainRows } from '../../../shared/data/dataset.ts';
import { RowReader } from '../../../shared/data/row-reader.ts';
import type { DataJob, TokensJob } from '../../../shared/job/data-job.ts';
import { Tokenizer } from '../../../shared/text/tokenizer.ts';
import { dataJob, folderWith } from './fixtures.ts';

const removers: (() => void)[] = [];
afterEach(() => {
  for (const remove of removers.splice(0)) remove();
});

async function ingested(job: DataJob, content: string | Uint8Array, beside: Record<string, string> = {}) {
  const { folder, remove } = folderWith(job.source, content);
  for (const [name, text] of Object.entries(beside)) writeFileSync(join(folder, name), text);
  removers.push(remove);
  const cache = join(folder, 'cache');
  const { manifest, directory } = await ingest(job, folder, cache, 1);
  const file = await DatasetFile.open(directory);
  removers.unshift(() => file.close());
  expect(await parseManifest(JSON.stringify(manifest), sha256)).toEqual(manifest);
  const again = await ingest(job, folder, cache, 1);
  expect(again.manifest).toEqual(manifest);
  return { manifest, file, directory, rows: rowsOf(file) };
}

function rowsOf(file: DatasetFile): { features: number[]; target: number[] }[] {
  const { manifest } = file;
  const { count, tokens } = manifest.features;
  const targets = targetCount(manifest.target);
  const reader = new RowReader(manifest, (index) => file.readBlock(index));
  return Array.from({ length: manifest.rows }, (_, row) => {
    const features = tokens ? new Int32Array(count) : new Float32Array(count);
    const target =
      manifest.target.type === 'int32' ? new Int32Array(targets) : new Float32Array(targets);
    reader.gather([row], features, target);
    return { features: [...features], target: Array.from(target, Number) };
  });
}

const textJob = (tokens: TokensJob, test = 0.25): DataJob => ({
  source: 'book.txt',
  format: { type: 'text' },
  target: { type: 'next' },
  features: { columns: undefined, shape: undefined, normalize: { kind: 'none' } },
  tokens,
  test,
  licence: undefined,
});

const masked = (job: DataJob): DataJob => ({ ...job, target: { type: 'masked', share: 0.15 } });

const TEXT = 'abcdefghijklmnopqrstuvwxyz0123456789ABCD';

describe('a text', () => {
  test('windows of bytes, each token predicts the next; the end is held out', async () => {
    const { manifest, rows } = await ingested(textJob({ tokenizer: { kind: 'bytes' }, length: 4 }), TEXT);
    expect(manifest).toMatchObject({
      // 30 bytes for training: windows at 0, 4, … 24 and one byte after each; 10 held out.
      rows: 7 + 2,
      test: { rows: 2 },
      features: { names: [], count: 4, type: 'uint8', tokens: { vocabulary: 256 } },
      target: { kind: 'next', count: 4, type: 'int32' },
      // Five bytes, padded: the target is not stored again.
      rowBytes: 8,
      statistics: { mean: [], deviation: [] },
    });
    const bytes = (text: string) => [...new TextEncoder().encode(text)];
    expect(rows[1]).toEqual({ features: bytes('efgh'), target: bytes('fghi') });
    expect(rows[7]).toEqual({ features: bytes('4567'), target: bytes('5678') });
    expect(manifest.target.classes).toHaveLength(256);
  });

  test('a stride smaller than the context overlaps windows, and never reaches into the held-out part', async () => {
    const { manifest, rows } = await ingested(
      textJob({ tokenizer: { kind: 'bytes' }, length: 4, stride: 1 }),
      TEXT,
    );
    expect(trainRows(manifest)).toBe(30 - 4);
    const held = new TextEncoder().encode(TEXT)[30]!;
    for (const { features, target } of rows.slice(0, trainRows(manifest))) {
      expect([...features, ...target]).not.toContain(held);
    }
  });

  test('to be masked: windows without the token after them, their own target, and <pad> and <mask>', async () => {
    const { manifest, rows, file } = await ingested(
      masked(textJob({ tokenizer: { kind: 'bytes' }, length: 4 })),
      TEXT,
    );
    const tokenizer = Tokenizer.parse(file.readTokenizer()!);
    expect([tokenizer.padding, tokenizer.mask, tokenizer.size]).toEqual([256, 257, 258]);
    expect(manifest).toMatchObject({
      // 30 bytes for training: windows at 0, 4, … 24; 10 held out.
      rows: 7 + 2,
      test: { rows: 2 },
      features: { count: 4, type: 'uint16', tokens: { vocabulary: 258 } },
      target: { kind: 'masked', count: 4, masked: { share: 0.15, token: 257 } },
      rowBytes: 8,
    });
    const efgh = [...new TextEncoder().encode('efgh')];
    expect(rows[1]).toEqual({ features: efgh, target: efgh });
  });

  test('a tokenizer.json without <mask> cannot hide tokens', async () => {
    const json = readFileSync('test/data/text/bpe.json', 'utf8');
    const job = masked(textJob({ tokenizer: { kind: 'file', path: 'tokenizer.json' }, length: 4 }));
    await expect(ingested(job, TEXT, { 'tokenizer.json': json })).rejects.toThrow(/no token <mask>/);
  });

  test('characters are those of the training part; a new one is unknown', async () => {
    const { manifest, rows, file } = await ingested(
      textJob({ tokenizer: { kind: 'characters' }, length: 2 }, 0.4),
      'ababababéé',
    );
    const tokenizer = Tokenizer.parse(file.readTokenizer()!);
    expect(tokenizer.vocabulary).toEqual(['a', 'b', '<unk>']);
    expect(manifest.target.classes).toEqual(['a', 'b', '<unk>']);
    expect(rows.at(-1)).toEqual({ features: [0, 1], target: [1, 2] });
  });

  test('byte pairs and many tokens take two bytes each; gzip is read', async () => {
    const text = readFileSync('test/data/text/corpus.txt');
    const { manifest, rows, file } = await ingested(
      textJob({ tokenizer: { kind: 'bpe', size: 300 }, length: 16 }),
      gzipSync(text),
    );
    expect(manifest.features).toMatchObject({ type: 'uint16', tokens: { vocabulary: 300 } });
    expect(manifest.rowBytes).toBe(36);
    const tokenizer = Tokenizer.parse(file.readTokenizer()!);
    const training = rows.slice(0, trainRows(manifest)).flatMap(({ features }) => features);
    expect(text.toString().startsWith(tokenizer.decode(training))).toBe(true);
  });

  test('a tokenizer.json from elsewhere; another content is another data set', async () => {
    const json = readFileSync('test/data/text/bpe.json', 'utf8');
    const job = textJob({ tokenizer: { kind: 'file', path: 'tokenizer.json' }, length: 4 });
    const { manifest, rows } = await ingested(job, TEXT, { 'tokenizer.json': json });
    const ids = Tokenizer.parse(json).encode(TEXT.slice(0, 30));
    expect(rows[0]!.features).toEqual(ids.slice(0, 4));
    expect(manifest.features.tokens!.tokenizer).toBe(sha256(new TextEncoder().encode(json)));
    await expect(ingested(job, TEXT)).rejects.toMatchObject({ name: 'DataError' });
    await expect(ingested(job, TEXT, { 'tokenizer.json': '{}' })).rejects.toThrow(/cannot be used/);
  });

  test('a changed tokenizer is found', async () => {
    const { file, directory } = await ingested(textJob({ tokenizer: { kind: 'bytes' }, length: 4 }), TEXT);
    writeFileSync(join(directory, 'tokenizer.json'), '{}');
    expect(() => file.readTokenizer()).toThrow(/damaged or missing/);
  });

  test.each([
    ['too short', 'abc', { kind: 'bytes' as const }, /3 tokens|2 tokens/],
    ['not UTF-8', Uint8Array.of(0x66, 0xff, 0xfe), { kind: 'bytes' as const }, /not text in UTF-8/],
    ['empty', '', { kind: 'bytes' as const }, /is empty/],
    ['half an archive', gzipSync(TEXT).subarray(0, 20), { kind: 'bytes' as const }, /Unpacking failed/],
  ])('refuses a text that is %s', async (_, content, tokenizer, message) => {
    await expect(ingested(textJob({ tokenizer, length: 4 }), content)).rejects.toThrow(message);
  });
});

describe('a column of text', () => {
  const CSV = `text,label\n${Array.from({ length: 12 }, (_, row) =>
    row % 2 === 0 ? '"good, fine",yes' : 'bad,no',
  ).join('\n')}\n`;
  const job = (tokens: Partial<TokensJob> = {}): DataJob => ({
    ...dataJob({ test: 0.5 }),
    tokens: { tokenizer: { kind: 'bytes' }, length: 6, column: 'text', ...tokens },
  });

  test('is cut at the end, or filled up with the padding token', async () => {
    const { manifest, rows } = await ingested(job(), CSV);
    expect(manifest.features).toMatchObject({
      count: 6,
      type: 'uint16',
      tokens: { vocabulary: 257, padding: 256 },
    });
    expect(manifest.target).toMatchObject({ kind: 'class', classes: ['no', 'yes'] });
    const encode = (text: string) => [...new TextEncoder().encode(text)];
    for (const { features, target } of rows) {
      expect(features).toEqual(
        target[0] === 1 ? encode('good, ') : [...encode('bad'), 256, 256, 256],
      );
    }
  });

  test('learns from the training rows only', async () => {
    const words = Array.from({ length: 10 }, (_, row) => `${'abcdefghij'[row]},${row % 2 ? 'x' : 'y'}`);
    const { manifest, rows, file } = await ingested(
      job({ tokenizer: { kind: 'characters' }, length: 1 }),
      `text,label\n${words.join('\n')}\n`,
    );
    const { vocabulary } = Tokenizer.parse(file.readTokenizer()!);
    const unknown = vocabulary.indexOf('<unk>');
    expect(vocabulary.slice(-2)).toEqual(['<unk>', '<pad>']);
    const kinds = rows.map(({ features }) => features[0] === unknown);
    expect(kinds.slice(0, trainRows(manifest))).not.toContain(true);
    expect(kinds.slice(trainRows(manifest))).not.toContain(false);
  });

  test.each([
    [{ column: 'txet' }, /There is no text column "txet"/],
    [{ column: 'label' }, /The target is among the features/],
  ])('refuses %j', async (tokens, message) => {
    await expect(ingested(job(tokens), CSV)).rejects.toThrow(message);
  });
});

describe('other targets of tables', () => {
  const CSV = `a,b,c,d\n${Array.from({ length: 8 }, (_, row) => `${row},${row * 2},${row / 2},${-row}`).join('\n')}\n`;

  test('several columns of numbers', async () => {
    const job = dataJob({ target: { type: 'number', columns: ['c', 'd'] } });
    const { manifest, rows } = await ingested(job, CSV);
    expect(manifest.features.names).toEqual(['a', 'b']);
    expect(manifest.target).toEqual({ name: 'c, d', kind: 'number', count: 2, type: 'float32' });
    for (const { features, target } of rows) {
      expect(features[1]).toBe(features[0]! * 2);
      expect(target).toEqual([features[0]! / 2, 0 - features[0]!]);
    }
  });

  test('none', async () => {
    const { manifest, rows } = await ingested(dataJob({ target: { type: 'none' }, columns: ['a', 'b'] }), CSV);
    expect(manifest.target).toMatchObject({ kind: 'none', type: 'float32' });
    expect(manifest.rowBytes).toBe(4);
    expect(rows.map(({ features }) => features[1]! / 2).sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(rows[0]!.target).toEqual([]);
  });

  test('refuses a column that is a target twice', async () => {
    const job = dataJob({ target: { type: 'number', columns: ['c', 'c'] } });
    await expect(ingested(job, CSV)).rejects.toThrow(/a target twice/);
  });
});
