import { afterEach, describe, expect, test } from 'vitest';
import { featureSpec, targetSpec } from '../../../coordinator/run/description.ts';
import { DatasetFile } from '../../../node/data/block-file.ts';
import { ingest } from '../../../node/data/ingest.ts';
import { sha256 } from '../../../node/data/sha256.ts';
import { parseManifest, targetCount, trainRows } from '../../../shared/data/dataset.ts';
import { RowReader } from '../../../shared/data/row-reader.ts';
import type { Job } from '../../../shared/job/job.ts';
import { dataJob, folderWith, type Overrides } from './fixtures.ts';

const removers: (() => void)[] = [];
afterEach(() => {
  for (const remove of removers.splice(0)) remove();
});

async function ingested(text: string, overrides: Overrides, seed = 1) {
  const { folder, remove } = folderWith('data.csv', text);
  removers.push(remove);
  const { manifest, directory } = await ingest(dataJob(overrides), folder, `${folder}/cache`, seed);
  const file = await DatasetFile.open(directory);
  removers.unshift(() => file.close());
  expect(await parseManifest(JSON.stringify(manifest), sha256)).toEqual(manifest);
  const reader = new RowReader(manifest, (index) => file.readBlock(index));
  const rows = Array.from({ length: manifest.rows }, (_, row) => {
    const features = new Float32Array(manifest.features.count);
    const target = new Int32Array(targetCount(manifest.target));
    reader.gather([row], features, target);
    return { features: [...features], target: [...target] };
  });
  return { manifest, rows };
}

const TOWNS = ['Rome', 'Corioli', 'Antium', 'York'];

describe('columns of words', () => {
  const text = (rare: string) =>
    `town,size,label\n${Array.from({ length: 40 }, (_, row) => `${row === 7 ? rare : ` ${TOWNS[row % 4]!} `},${row},${row % 2 ? 'a' : 'b'}`).join('\n')}\n`;
  const categories = ['town'];

  test('are numbers from 1 in the order of the words, whatever the order of the rows', async () => {
    const { manifest, rows } = await ingested(text('York'), { categories });
    expect(manifest.features.categories).toEqual([{ column: 0, words: [...TOWNS].sort() }]);
    for (const { features } of rows) {
      const [town, size] = features as [number, number];
      expect([...TOWNS].sort()[town - 1]).toBe(size === 7 ? 'York' : TOWNS[size % 4]);
    }
  });

  test('that only held-out rows have are unknown, 0, and stand nowhere in the manifest', async () => {
    let held = 0;
    for (let seed = 1; seed <= 12; seed++) {
      const { manifest, rows } = await ingested(text('Harfleur'), { categories }, seed);
      const at = rows.findIndex(({ features }) => features[1] === 7);
      const words = manifest.features.categories![0]!.words;
      const isHeld = at >= trainRows(manifest);
      held += Number(isHeld);
      expect(words.includes('Harfleur')).toBe(!isHeld);
      expect(rows[at]!.features[0]).toBe(isHeld ? 0 : words.indexOf('Harfleur') + 1);
    }
    expect(held).toBeGreaterThan(0);
    expect(held).toBeLessThan(12);
  });

  test('are not standardised, numbers beside them are', async () => {
    const { manifest } = await ingested(text('York'), { categories });
    expect(manifest.statistics.mean[0]).toBe(0);
    expect(manifest.statistics.deviation[0]).toBe(1);
    expect(manifest.statistics.mean[1]).toBeGreaterThan(10);
    const job = { data: dataJob({ categories }) } as Job;
    expect(featureSpec(job, manifest).categories).toEqual([{ column: 0, size: 5 }]);
  });

  test('more than 255 words are stored whole', async () => {
    const many = `word,label\n${Array.from({ length: 600 }, (_, row) => `w${row % 300},${row % 2}`).join('\n')}\n`;
    const { manifest, rows } = await ingested(many, { categories: ['word'], test: 0 });
    const { words } = manifest.features.categories![0]!;
    expect(words).toHaveLength(300);
    expect(new Set(rows.map(({ features }) => features[0])).size).toBe(300);
    expect(Math.max(...rows.map(({ features }) => features[0]!))).toBe(300);
  });

  test('have to be among the features', async () => {
    await expect(ingested(text('York'), { categories, columns: ['size'] })).rejects.toThrow(
      /category is not among the features/,
    );
    await expect(ingested(text('York'), { categories: ['twon'] })).rejects.toMatchObject({
      hint: 'Did you mean "town"?',
    });
    await expect(ingested(text('York'), {})).rejects.toMatchObject({
      hint: expect.stringMatching(/data\.features\.categories/) as string,
    });
  });
});

describe('a class at each of several places', () => {
  const columns = ['p', 'q', 'r', 's'];
  const text = `x,p,q,r,s\n${Array.from({ length: 20 }, (_, row) => `${row},${row % 3},2,${row % 2 ? 10 : 1},0`).join('\n')}\n`;

  test('has the classes of all of them, in the order of their numbers, in the shape that was said', async () => {
    const target = { type: 'class', columns, shape: [2, 2] } as const;
    const { manifest, rows } = await ingested(text, { target });
    expect(manifest.target).toMatchObject({
      kind: 'class',
      count: 4,
      shape: [2, 2],
      classes: ['0', '1', '2', '10'],
    });
    for (const { features, target: classes } of rows) {
      const [x] = features as [number];
      expect(classes).toEqual([x % 3, 2, x % 2 ? 3 : 1, 0]);
    }
    expect(targetSpec(manifest, target)).toEqual({
      kind: 'class',
      classes: ['0', '1', '2', '10'],
      dims: [2, 2],
    });
  });

  test('refuses a shape that is not that of the columns', async () => {
    const target = { type: 'class', columns, shape: [3, 2] } as const;
    await expect(ingested(text, { target })).rejects.toThrow(/has 6 values, but there are 4 target columns/);
  });
});
