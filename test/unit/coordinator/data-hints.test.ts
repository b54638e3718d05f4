import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { examineJob } from '../../../coordinator/run/examine.ts';
import { parseJob } from '../../../shared/job/parse.ts';
import { GraphBuilder } from '../../../shared/onnx/builder.ts';
import { float32 } from '../../../shared/onnx/tensor.ts';
import { writeModel } from '../../../shared/onnx/write.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tributary-hints-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A hundred flats: `rooms` from 1 to 5, `size` in cm², a price, a share, one of 60 ids and one of 60 numbers, one of five towns. */
const TABLE = `rooms,size,price,share,id,number,town\n${Array.from({ length: 100 }, (_, row) => {
  const rooms = 1 + (row % 5);
  return [
    rooms,
    rooms * 200_000 + row,
    150_000 + 1_000 * row,
    row / 100,
    `F${row % 60}`,
    7 * (row % 60),
    `t${row % 5}`,
  ];
}).join('\n')}\n`;

interface Lines {
  readonly loss?: string;
  readonly model?: string;
  readonly features?: string;
}

/** What `check` says beside the facts. */
async function hints(
  target: string,
  { loss = 'loss: mse', model = '[dense: 1]', features = 'columns: [rooms]' }: Lines = {},
) {
  writeFileSync(join(folder, 'rows.csv'), TABLE);
  const file = join(folder, 'job.yaml');
  const data = `data: { source: rows.csv, features: { ${features} }, ${target} }`;
  const text = [
    'name: flats',
    'epochs: 1',
    data,
    `model: ${model.startsWith('[') ? `{ layers: ${model} }` : model}`,
    loss,
  ].join('\n');
  writeFileSync(file, text);
  return (await examineJob(parseJob(text, file), file)).hints;
}

const SHARE = 'target: { column: share, type: number }';
const PRICE = 'target: { column: price, type: number }';

describe('a target of numbers far from 0', () => {
  it('is named with its size and the words to add', async () => {
    const found = await hints(PRICE);
    expect(found).toEqual([
      expect.stringMatching(
        /^the target price is (19|20)\d,000 ± [23]\d,\d00 \(mean, deviation\): a network begins near 0, .* Add to data\.target: normalize: standardize/,
      ),
    ]);
  });

  it.each([
    ['standardized', 'target: { column: price, type: number, normalize: standardize }', 'loss: mse'],
    ['divided', 'target: { column: price, type: number, normalize: { divide: 1000 } }', 'loss: mse'],
    ['small', SHARE, 'loss: mse'],
    ['for a loss that takes it as it is', PRICE, 'loss: poisson'],
  ])('is nothing to say where it is %s', async (_, target, loss) => {
    expect(await hints(target, { loss })).toEqual([]);
  });

  it.each([
    ['', PRICE, /the file keeps its own end.*model\.onnx\.head: \{ layers: \[\{ dense: 1 \}\] \}/],
    ['', 'target: { column: price, type: number, normalize: standardize }', /the file keeps its own end/],
    [', head: { layers: [dense: 1] }', PRICE, /Add to data\.target: normalize: standardize/],
  ])('of an ONNX file%s is named with what helps', async (head, target, message) => {
    const builder = new GraphBuilder();
    const x = builder.input('x', 'float32', ['n', 1]);
    const weight = builder.initializer('w', float32([1, 1], [1]));
    builder.output(builder.op('MatMul', [x, weight], {}, 'y'));
    writeFileSync(join(folder, 'model.onnx'), writeModel(builder.build()));
    const model = `{ onnx: { path: model.onnx${head} } }`;
    expect(await hints(target, { model })).toEqual([expect.stringMatching(message)]);
  });

  it('is nothing to say where a new end of an ONNX file is standardized', async () => {
    const builder = new GraphBuilder();
    const x = builder.input('x', 'float32', ['n', 1]);
    const weight = builder.initializer('w', float32([1, 2], [1, 2]));
    builder.output(builder.op('MatMul', [x, weight], {}, 'y'));
    writeFileSync(join(folder, 'model.onnx'), writeModel(builder.build()));
    const target = 'target: { column: price, type: number, normalize: standardize }';
    expect(
      await hints(target, { model: '{ onnx: { path: model.onnx, head: { layers: [dense: 1] } } }' }),
    ).toEqual([]);
  });

  it('is found among several, behind a class and a small one', async () => {
    const found = await hints(
      'targets: { town: { column: town }, share: { column: share, type: number }, large: { columns: [size, price], type: number } }',
      {
        loss: 'losses: { town: cross-entropy, share: mse, large: mse }',
        model:
          '[dense: 8, label: trunk, dense: 5, label: town, from: trunk, dense: 1, label: share, from: trunk, dense: 2, label: large]',
      },
    );
    expect(found).toEqual([
      expect.stringMatching(/^the target size is .* Add to data\.targets\.large: normalize: standardize/),
    ]);
  });
});

describe('a class that nearly each row has for itself', () => {
  const lines = { loss: 'loss: cross-entropy', model: '[dense: 60]' };

  it('may be a quantity, where all its words are numbers', async () => {
    expect(await hints('target: { column: number }', lines)).toEqual([
      'the target number has 60 classes in 100 rows, about one for each row: none can be learned. For a quantity write data.target: { column: number, type: number } and loss: mse; for a class name another column',
    ]);
  });

  it('is an id else', async () => {
    expect(await hints('target: { column: id }', lines)).toEqual([
      'the target id has 60 classes in 100 rows, about one for each row: none can be learned. It looks like a name or an id of the row: name another column in data.target.column',
    ]);
  });

  it('is no class where few are there', async () => {
    expect(await hints('target: { column: town }', { ...lines, model: '[dense: 5]' })).toEqual([]);
  });
});

describe('features of very different sizes', () => {
  const features = 'columns: [rooms, size]';

  it('are named, the largest and the smallest', async () => {
    expect(await hints(SHARE, { features })).toEqual([
      'features are of very different sizes (size up to 1,000,000, rooms up to 5), and the larger drown the smaller. Add to data.features: normalize: standardize',
    ]);
  });

  it.each([
    ['they are normalised', { features: `${features}, normalize: standardize` }],
    ['the model begins with a normalisation', { features, model: '[batch-norm, dense: 1]' }],
    ['one of them is the number of a word', { features: 'columns: [rooms, town], categories: [town]' }],
    [
      'they are alike',
      {
        features: 'columns: [rooms, share]',
        target: PRICE.replace('type: number', 'type: number, normalize: standardize'),
      },
    ],
  ])(
    'are nothing to say where %s',
    async (_, { target = SHARE, ...lines }: Lines & { readonly target?: string }) => {
      expect(await hints(target, lines)).toEqual([]);
    },
  );
});
