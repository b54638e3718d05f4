import { afterEach, describe, expect, test } from 'vitest';
import { targetSpec } from '../../../coordinator/run/description.ts';
import { DatasetFile } from '../../../node/data/block-file.ts';
import { ingest } from '../../../node/data/ingest.ts';
import { sha256 } from '../../../node/data/sha256.ts';
import { declaredBy, declaredIn } from '../../../shared/data/declared.ts';
import { manifestBytes, parseManifest, targetCount } from '../../../shared/data/dataset.ts';
import { RowReader } from '../../../shared/data/row-reader.ts';
import { SurveyTable } from '../../../shared/data/survey.ts';
import type { TableJob } from '../../../shared/data/table-job.ts';
import type { DataJob } from '../../../shared/job/job.ts';
import type { Recipe } from '../../../shared/programs/recipe.ts';
import { encodeOwn } from '../../../worker/browser/data/encode.ts';
import { dataJob, folderWith } from './fixtures.ts';

const removers: (() => void)[] = [];
afterEach(() => {
  for (const remove of removers.splice(0)) remove();
});

const target = {
  type: 'several',
  outputs: [
    { name: 'kind', target: { type: 'class', column: 'kind' } },
    { name: 'place', target: { type: 'number', columns: ['px', 'py'] } },
    { name: 'odd', target: { type: 'binary', column: 'odd' } },
  ],
} as const satisfies DataJob['target'];

const KINDS = ['pear', 'apple', 'fig'];

/** The feature says which row it was. */
const row = (index: number, kind = KINDS[index % 3]!) =>
  `${kind},${index},${index / 2},${-index},${index % 2 ? 'yes' : 'no'}`;
const table = (rows = 30) =>
  `kind,x,px,py,odd\n${Array.from({ length: rows }, (_, index) => row(index)).join('\n')}\n`;

async function ingested(text: string, job: DataJob, declared?: Parameters<typeof ingest>[4]) {
  const { folder, remove } = folderWith('data.csv', text);
  removers.push(remove);
  const { directory } = await ingest(job, folder, `${folder}/cache`, 1, declared);
  const file = await DatasetFile.open(directory);
  removers.unshift(() => file.close());
  return file;
}

function rowsOf(file: DatasetFile) {
  const { manifest } = file;
  const reader = new RowReader(manifest, (index) => file.readBlock(index));
  return Array.from({ length: manifest.rows }, (_, index) => {
    const features = new Float32Array(manifest.features.count);
    const numbers = new Float32Array(targetCount(manifest.target));
    reader.gather([index], features, numbers);
    return { x: features[0]!, numbers: [...numbers] };
  });
}

describe('a table with several targets', () => {
  test('has the numbers of all in one row, each class by its own list', async () => {
    const file = await ingested(table(), dataJob({ target }));
    const { manifest } = file;
    expect(manifest.features.names).toEqual(['x']);
    expect(manifest.target).toEqual({
      ...{ name: 'kind, px, py, odd', kind: 'several', type: 'float32', count: 4 },
      outputs: [
        { output: 'kind', column: 'kind', kind: 'class', classes: ['apple', 'fig', 'pear'] },
        { output: 'place', column: 'px, py', kind: 'number', count: 2 },
        { output: 'odd', column: 'odd', kind: 'binary', classes: ['no', 'yes'] },
      ],
    });
    expect(await parseManifest(JSON.stringify(manifest), sha256)).toEqual(manifest);
    const rows = rowsOf(file);
    expect(rows).toHaveLength(30);
    for (const { x, numbers } of rows) {
      const kind = ['apple', 'fig', 'pear'].indexOf(KINDS[x % 3]!);
      expect(numbers).toEqual([kind, x / 2, 0 - x, x % 2]);
    }
    expect(targetSpec(manifest, target)).toEqual({
      kind: 'several',
      outputs: [
        { name: 'kind', target: { kind: 'class', classes: ['apple', 'fig', 'pear'] } },
        { name: 'place', target: { kind: 'number', dims: [2] } },
        { name: 'odd', target: { kind: 'binary', classes: ['no', 'yes'] } },
      ],
    });
  });

  test('has mean and deviation of the numbers that are standardized, in the manifest that travels', async () => {
    const [kind, place, odd] = target.outputs;
    const standardized = { ...place, target: { ...place.target, normalize: { kind: 'standardize' } } } as const;
    const job = { type: 'several', outputs: [kind, standardized, odd] } as const;
    const file = await ingested(table(), dataJob({ target: job }));
    const { manifest } = file;
    const training = rowsOf(file).slice(0, manifest.rows - manifest.test.rows);
    const mean = training.reduce((sum, { numbers }) => sum + numbers[2]!, 0) / training.length;
    expect(manifest.statistics.target).toMatchObject({
      mean: [0, expect.closeTo(-mean / 2, 10), expect.closeTo(mean, 10), 0],
      deviation: [1, expect.any(Number), expect.any(Number), 1],
    });
    expect(await parseManifest(JSON.stringify(manifest), sha256)).toEqual(manifest);
    expect(targetSpec(manifest, job)).toMatchObject({
      outputs: [{}, { target: { normalize: { mean: [-mean / 2, mean].map((m) => expect.closeTo(m, 10)) } } }, {}],
    });
    const short = { ...manifest, statistics: { ...manifest.statistics, target: { mean: [0], deviation: [1] } } };
    const text = JSON.stringify({ ...short, hash: sha256(manifestBytes(short)) });
    await expect(parseManifest(text, sha256)).rejects.toThrow('1 means and 1 deviations of the target');
  });

  test('is held out in proportion by the combinations of its classes, else by the first', async () => {
    const sides = (rows: ReturnType<typeof rowsOf>) => {
      const counts: Record<string, number> = {};
      for (const { numbers } of rows) {
        const key = `${numbers[0]}${numbers[3]}`;
        counts[key] = (counts[key] ?? 0) + 1;
      }
      return counts;
    };
    const file = await ingested(table(120), dataJob({ target }));
    // Six combinations of twenty rows, of which a quarter is held out.
    const held = { '00': 5, '01': 5, '10': 5, '11': 5, '20': 5, '21': 5 };
    expect(sides(rowsOf(file).slice(90))).toEqual(held);
    // A kind of which one row is there with 'no': too few to hold one of them out.
    const rare = `${table(120)}plum,120,60,-120,no\n${'plum,121,60,-121,yes\n'.repeat(7)}`;
    const other = sides(rowsOf(await ingested(rare, dataJob({ target }))).slice(96));
    const byKind = ['0', '1', '2', '3'].map((kind) => (other[`${kind}0`] ?? 0) + (other[`${kind}1`] ?? 0));
    expect(byKind).toEqual([10, 10, 10, 2]);
    const again = await ingested(rare, dataJob({ target }));
    expect(sides(rowsOf(again).slice(96))).toEqual(other);
  });

  test.each([
    ['one class only', table().replaceAll(/pear|fig/g, 'apple'), /same target "apple"/, /data\.targets\.kind\.column/],
    ['more than yes and no', table().replace(/no\n/, 'maybe\n'), /two values, this one has 3/, /data\.targets\.odd\.type/],
    ['a word for a number', table().replace('-7', 'far'), /"far" is not a number/, /./],
  ])('is refused with %s', async (_, text, message, hint) => {
    await expect(ingested(text, dataJob({ target }))).rejects.toMatchObject({
      message: expect.stringMatching(message),
      hint: expect.stringMatching(hint),
    });
  });

  test('is refused where a manifest contradicts itself', async () => {
    const { manifest } = await ingested(table(), dataJob({ target }));
    for (const changed of [
      { ...manifest.target, outputs: undefined },
      { ...manifest.target, outputs: manifest.target.outputs!.slice(1) },
      { ...manifest.target, outputs: manifest.target.outputs!.map((one) => ({ ...one, output: 'same' })) },
    ]) {
      const other = { ...manifest, target: JSON.parse(JSON.stringify(changed)) };
      const text = JSON.stringify({ ...other, hash: sha256(manifestBytes(other)) });
      await expect(parseManifest(text, sha256)).rejects.toThrow(/contradicts itself/);
    }
  });
});

describe('participants with several targets', () => {
  const own: DataJob = {
    ...dataJob({ target, columns: ['x'] }),
    ...{ heldBy: 'members', source: '' },
    target: {
      type: 'several',
      outputs: target.outputs.map((output) => ({
        ...output,
        target:
          'column' in output.target
            ? { ...output.target, classes: output.name === 'kind' ? [...KINDS, 'plum'] : ['no', 'yes'] }
            : output.target,
      })),
    },
  };

  test('number the classes as the run does, in a page as in Node', async () => {
    const run = await ingested('', own, { declared: declaredIn(own.target), heldOut: 'all' });
    const { manifest } = run;
    expect(manifest.rows).toBe(0);
    expect(manifest.target.outputs![0]!.classes).toEqual([...KINDS, 'plum']);
    const text = table(12);
    const mine = await ingested(text, { ...own, source: 'data.csv' }, { declared: declaredBy(manifest) });
    expect(mine.manifest.target).toEqual(manifest.target);
    for (const { x, numbers } of rowsOf(mine)) {
      expect(numbers).toEqual([x % 3, x / 2, 0 - x, x % 2]);
    }
    const recipe = { data: own, seed: 1 } as Recipe;
    const data = { kind: 'table', file: new Blob([text]), name: 'data.csv' } as const;
    const page = await encodeOwn({ type: 'encode', data, recipe, manifest });
    expect(page.manifest).toEqual(mine.manifest);
    expect(Buffer.compare(page.blocks[0]!, mine.readBlock(0))).toBe(0);
    const examples = [{ features: Float32Array.of(1), label: 'pear' }];
    await expect(
      encodeOwn({ type: 'encode', data: { kind: 'examples', examples }, recipe, manifest }),
    ).rejects.toThrow(/needs a table/);
    const other = `kind,x,px,py,odd\n${row(1, 'melon')}\n`;
    await expect(
      ingested(other, { ...own, source: 'data.csv' }, { declared: declaredBy(manifest) }),
    ).rejects.toMatchObject({ hint: expect.stringMatching(/pear, apple, fig, plum/) });
  });
});

describe('a label among several targets', () => {
  const LABELS = ['ba', 'c', 'abba', 'cc'];
  const labelled = {
    type: 'several',
    outputs: [
      { name: 'read', target: { type: 'symbols', column: 'label', length: 4 } },
      { name: 'odd', target: { type: 'binary', column: 'odd' } },
    ],
  } as const satisfies DataJob['target'];
  const rows = (count = 40) =>
    `x,label,odd\n${Array.from({ length: count }, (_, x) => `${x},${LABELS[x % 4]},${x % 2 ? 'yes' : 'no'}`).join('\n')}\n`;
  const expectRows = (file: DatasetFile) => {
    for (const { x, numbers } of rowsOf(file)) {
      const label = LABELS[x % 4]!;
      const symbols = [...label.padEnd(4, '.')].map((symbol) => 'abc'.indexOf(symbol));
      expect(numbers).toEqual([...symbols, x % 2]);
    }
  };

  test('has as many places in the row as it may have symbols, and steps of its own', async () => {
    const file = await ingested(rows(), dataJob({ target: labelled }));
    const { manifest } = file;
    expect(manifest.target).toEqual({
      ...{ name: 'label, odd', kind: 'several', type: 'float32', count: 5 },
      outputs: [
        { output: 'read', column: 'label', kind: 'symbols', count: 4, classes: ['a', 'b', 'c'], steps: 5 },
        { output: 'odd', column: 'odd', kind: 'binary', classes: ['no', 'yes'] },
      ],
    });
    expect(await parseManifest(JSON.stringify(manifest), sha256)).toEqual(manifest);
    expectRows(file);
    // Held out by the class beside it.
    expect(manifest.test.rows).toBe(10);
    expect(rowsOf(file).slice(30).filter(({ x }) => x % 2).length).toBe(5);
    expect(targetSpec(manifest, labelled)).toEqual({
      kind: 'several',
      outputs: [
        { name: 'read', target: { kind: 'symbols', classes: ['a', 'b', 'c'], dims: [4], steps: 5 } },
        { name: 'odd', target: { kind: 'binary', classes: ['no', 'yes'] } },
      ],
    });
    const outputs = manifest.target.outputs!.map(({ steps: _, ...output }) => output);
    const other = { ...manifest, target: { ...manifest.target, outputs } };
    const text = JSON.stringify({ ...other, hash: sha256(manifestBytes(other)) });
    await expect(parseManifest(text, sha256)).rejects.toThrow(/contradicts itself: the output read/);
  });

  test('is refused where it is too long, by the key of its output', async () => {
    await expect(ingested(`${rows()}1,abcab,no\n`, dataJob({ target: labelled }))).rejects.toMatchObject({
      message: expect.stringMatching(/"abcab" has 5 symbols, more than the 4 of data\.targets\.read\.length/),
    });
  });

  test('is encoded by participants as the run says, in a page as in Node; a survey asks for the other', async () => {
    const read = { ...labelled.outputs[0].target, classes: ['a', 'b', 'c'] };
    const own: DataJob = {
      ...dataJob({ target: labelled, columns: ['x'] }),
      ...{ heldBy: 'members', source: '' },
      target: { type: 'several', outputs: [{ name: 'read', target: read }, labelled.outputs[1]] },
    };
    const survey = new SurveyTable(own as TableJob, 'data.csv');
    for (const [line, text] of rows(12).trim().split('\n').entries()) survey.record(text.split(','), line + 1);
    expect(survey.result()).toEqual({ rows: 12, 'class/odd/no': 6, 'class/odd/yes': 6 });
    const target: DataJob['target'] = {
      type: 'several',
      outputs: [
        { name: 'read', target: read },
        { name: 'odd', target: { ...labelled.outputs[1].target, classes: ['no', 'yes'] } },
      ],
    };
    const known = { ...own, target };
    const { manifest } = await ingested('', known, { declared: declaredIn(target), heldOut: 'all' });
    // Any label of so many symbols: nobody has seen them.
    expect(manifest.target.outputs![0]).toMatchObject({ kind: 'symbols', count: 4, steps: 7 });
    const text = rows(12);
    const mine = await ingested(text, { ...known, source: 'data.csv' }, { declared: declaredBy(manifest) });
    expect(mine.manifest.target).toEqual(manifest.target);
    expectRows(mine);
    const data = { kind: 'table', file: new Blob([text]), name: 'data.csv' } as const;
    const recipe = { data: known, seed: 1 } as Recipe;
    const page = await encodeOwn({ type: 'encode', data, recipe, manifest });
    expect(page.manifest).toEqual(mine.manifest);
    expect(Buffer.compare(page.blocks[0]!, mine.readBlock(0))).toBe(0);
    expect(page.outputs).toEqual([
      { output: 'odd', classes: [{ name: 'no', rows: 6 }, { name: 'yes', rows: 6 }] },
    ]);
  });
});
