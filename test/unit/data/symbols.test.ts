import { afterEach, describe, expect, test } from 'vitest';
import { drawnRows } from '../../../coordinator/export/drawn-rows.ts';
import { featureSpec, targetSpec } from '../../../coordinator/run/description.ts';
import { DatasetFile } from '../../../node/data/block-file.ts';
import { ingest } from '../../../node/data/ingest.ts';
import { sha256 } from '../../../node/data/sha256.ts';
import { declaredBy, declaredIn } from '../../../shared/data/declared.ts';
import { manifestBytes, parseManifest } from '../../../shared/data/dataset.ts';
import { lengthsOf } from '../../../shared/data/row-lengths.ts';
import { RowReader } from '../../../shared/data/row-reader.ts';
import { needsSurvey } from '../../../shared/data/survey.ts';
import type { DataJob, Job } from '../../../shared/job/job.ts';
import type { Recipe } from '../../../shared/programs/recipe.ts';
import { encodeOwn } from '../../../worker/browser/data/encode.ts';
import { dataJob, folderWith } from './fixtures.ts';

const removers: (() => void)[] = [];
afterEach(() => {
  for (const remove of removers.splice(0)) remove();
});

const LABELS = ['cab', 'a', ' bb ', 'abba', 'c', 'acac'];
const target = { type: 'symbols', column: 'label', length: 4 } as const;
const table = (labels: readonly string[]) =>
  `label,x\n${labels.map((label, index) => `${label},${index}`).join('\n')}\n`;

async function ingested(text: string, job: DataJob, options?: Parameters<typeof ingest>[4]) {
  const { folder, remove } = folderWith('data.csv', text);
  removers.push(remove);
  const { directory } = await ingest(job, folder, `${folder}/cache`, 1, options);
  const file = await DatasetFile.open(directory);
  removers.unshift(() => file.close());
  return file;
}

/** The label of each row by its feature, in the manifest's symbols. */
function labelsOf(file: DatasetFile): string[] {
  const { manifest } = file;
  const reader = new RowReader(manifest, (index) => file.readBlock(index));
  const labels: string[] = [];
  for (let row = 0; row < manifest.rows; row++) {
    const [features, numbers] = [new Float32Array(1), new Int32Array(manifest.target.count!)];
    reader.gather([row], features, numbers);
    labels[features[0]!] = [...numbers].map((n) => (n < 0 ? '.' : manifest.target.classes![n])).join('');
  }
  return labels;
}

describe('labels of symbols', () => {
  test('are numbers of their characters, filled up; the steps are those that all can be read in', async () => {
    const file = await ingested(table(LABELS), dataJob({ target, test: 0.3 }));
    const { manifest } = file;
    expect(manifest.target).toEqual({
      ...{ name: 'label', kind: 'symbols', type: 'int32', count: 4 },
      ...{ classes: ['a', 'b', 'c'], steps: 5 },
    });
    expect(labelsOf(file)).toEqual(['cab.', 'a...', 'bb..', 'abba', 'c...', 'acac']);
    expect(manifest.test.rows).toBe(2);
    expect(targetSpec(manifest, target)).toEqual({
      ...{ kind: 'symbols', classes: ['a', 'b', 'c'], dims: [4], steps: 5 },
    });
    expect(await parseManifest(JSON.stringify(manifest), sha256)).toEqual(manifest);
    const { hash: _, ...rest } = manifest;
    const { steps: __, ...without } = manifest.target;
    const broken = { ...rest, target: without };
    const text = JSON.stringify({ ...broken, hash: sha256(manifestBytes(broken)) });
    await expect(parseManifest(text, sha256)).rejects.toThrow(/contradicts itself: steps/);
  });

  test('may be of one symbol, and of any that Unicode has', async () => {
    const file = await ingested(table(['|', '|||', '||', '|']), dataJob({ target }));
    expect(file.manifest.target).toMatchObject({ classes: ['|'], steps: 5 });
    const other = await ingested(table(['🜁é', '水🜁', 'é', '水']), dataJob({ target }));
    expect(labelsOf(other)).toEqual(['🜁é..', '水🜁..', 'é...', '水...']);
  });

  test('that are too long or empty are refused, with the place', async () => {
    const long = ingested(table(['ab', 'abcab']), dataJob({ target, test: 0 }));
    await expect(long).rejects.toMatchObject({
      message: expect.stringMatching(/"abcab" has 5 symbols, more than the 4 of data\.target\.length/),
      line: 3,
      column: 'label',
      hint: expect.stringMatching(/Set data\.target\.length/),
    });
    const empty = ingested(table(['ab', ' ']), dataJob({ target, test: 0 }));
    await expect(empty).rejects.toThrow(/The label is empty/);
  });

  const own: DataJob = {
    ...dataJob({ source: '', target: { ...target, classes: ['c', 'b', 'a'] }, columns: ['x'], test: 0 }),
    heldBy: 'members',
  };

  test('that members hold have the symbols of the job, in a page as in Node', async () => {
    expect(needsSurvey(own)).toBe(false);
    const { manifest } = await ingested('', own, { declared: declaredIn(own.target), heldOut: 'all' });
    // The longest label may be one symbol again and again.
    expect(manifest.target).toMatchObject({ classes: ['c', 'b', 'a'], count: 4, steps: 7 });
    const declared = declaredBy(manifest);
    const mine = await ingested(table(LABELS), { ...own, source: 'data.csv' }, { declared });
    expect(mine.manifest.target).toEqual(manifest.target);
    expect(labelsOf(mine)).toEqual(['cab.', 'a...', 'bb..', 'abba', 'c...', 'acac']);
    const data = { kind: 'table', file: new Blob([table(LABELS)]), name: 'data.csv' } as const;
    const page = await encodeOwn({ type: 'encode', data, recipe: { data: own, seed: 1 } as Recipe, manifest });
    expect(page.manifest).toEqual(mine.manifest);
    const strange = ingested(table(['abx']), { ...own, source: 'data.csv' }, { declared });
    await expect(strange).rejects.toMatchObject({
      message: `The symbol "x" of the label "abx" is none of the run's.`,
      hint: expect.stringMatching(/symbols are: c b a\./),
    });
  });
});

describe('labels of rows that say how long they are', () => {
  const lines = ['cab,5,0.5,1,0,0,0', 'a,1,2,0,0,0,0', 'bb,3,1,1,1,0,0', 'abba,5,1,2,3,4,5', 'c,2,7,7,0,0,0'];
  const csv = (rows: readonly string[]) => `label,n,${[1, 2, 3, 4, 5].map((x) => `x${x}`).join(',')}\n${rows.join('\n')}\n`;
  const job = (features: Partial<DataJob['features']> = {}): DataJob => {
    const base = dataJob({ target, test: 0.4 });
    return { ...base, features: { ...base.features, lengths: { column: 'n', axis: 0 }, ...features } };
  };

  test('keep the length among the numbers, at its place; the model has one feature fewer', async () => {
    const { manifest } = await ingested(csv(lines), job());
    expect(manifest.features).toMatchObject({ names: ['n', 'x1', 'x2', 'x3', 'x4', 'x5'], count: 6, lengths: 0 });
    expect(await parseManifest(JSON.stringify(manifest), sha256)).toEqual(manifest);
    expect(featureSpec({ data: job() } as Job, manifest)).toEqual({
      ...{ shape: [5], lengths: { column: 0, axis: 0 }, normalize: { kind: 'none' } },
    });
    const { mean, deviation } = manifest.statistics;
    const standardized = job({ normalize: { kind: 'standardize' } });
    expect(featureSpec({ data: standardized } as Job, manifest).normalize).toEqual({
      ...{ kind: 'standardize', mean: mean.slice(1), deviation: deviation.slice(1) },
    });
    expect(lengthsOf(job(), manifest.features)).toEqual({ column: 0, places: 5 });
    const { hash: _, ...rest } = manifest;
    const broken = { ...rest, features: { ...rest.features, lengths: 6 } };
    const text = JSON.stringify({ ...broken, hash: sha256(manifestBytes(broken)) });
    await expect(parseManifest(text, sha256)).rejects.toThrow(/contradicts itself: lengths/);
  });

  test('count along an axis of the shape', async () => {
    const wide = csv(['ab,2,1,1,1,1,1', 'a,1,1,0,1,0,0', 'b,2,1,1,1,1,1']).replaceAll(/,[^,\n]*(?=\n)/g, '');
    const { manifest } = await ingested(wide, job({ shape: [2, 2], lengths: { column: 'n', axis: 1 } }));
    expect(manifest.features).toMatchObject({ count: 5, lengths: 0 });
    await expect(ingested(wide, job({ shape: [5] }))).rejects.toThrow(
      /\[5\] has 5 values, but there are 4 feature columns beside the one of their lengths/,
    );
  });

  test.each([
    ['longer than rows are', 'c,6,1,1,1,1,1', /The length 6 is no number of places: a row has 5, and so 1 to 5/, 'n'],
    ['of nothing', 'c,0,1,1,1,1,1', /The length 0 is no number of places/, 'n'],
    ['that is no whole number', 'c,1.5,1,1,1,1,1', /The length 1\.5 is no number of places/, 'n'],
    ['too short for its label', 'bb,2,1,1,1,1,1', /The label needs 3 steps .*, and the row has a length of 2/, 'label'],
  ])('a row %s is refused, with its line', async (_, line, message, column) => {
    await expect(ingested(csv([...lines, line]), job())).rejects.toMatchObject({
      ...{ message: expect.stringMatching(message), line: 7, column },
      hint: expect.any(String),
    });
  });

  test('are encoded by a participant as the run says, in a page as in Node', async () => {
    const own: DataJob = {
      ...job({ columns: ['x1', 'x2', 'x3', 'x4', 'x5', 'n'] }),
      ...{ heldBy: 'members', source: '' },
      target: { ...target, classes: ['a', 'b', 'c'] },
    };
    const { manifest } = await ingested('', own, { declared: declaredIn(own.target), heldOut: 'all' });
    expect(manifest.features).toMatchObject({ count: 6, lengths: 5 });
    const text = csv(lines);
    const mine = await ingested(text, { ...own, source: 'data.csv' }, { declared: declaredBy(manifest) });
    expect(mine.manifest.features.lengths).toBe(5);
    const data = { kind: 'table', file: new Blob([text]), name: 'data.csv' } as const;
    const page = await encodeOwn({ type: 'encode', data, recipe: { data: own, seed: 1 } as Recipe, manifest });
    expect(page.manifest).toEqual(mine.manifest);
    expect(Buffer.compare(page.blocks[0]!, mine.readBlock(0))).toBe(0);
    const drawn = drawnRows({ seed: 1, data: own } as Job, manifest, 40);
    const lengths = Array.from({ length: 40 }, (_, row) => drawn[row * 6 + 5]!);
    expect([...new Set(lengths)].sort()).toEqual([1, 2, 3, 4, 5]);
  });
});
