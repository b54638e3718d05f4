import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Tokenizer } from '../../shared/text/tokenizer.ts';
import { killAll, tributary } from '../support/processes.ts';
import { Workplace } from '../support/small-job.ts';

afterAll(killAll);

describe('a text', () => {
  const text = readFileSync('examples/shakespeare/tinyshakespeare.txt', 'utf8').slice(0, 20_000);
  const place = new Workplace(
    {
      name: 'text',
      data: '{ text: rows.csv, tokenizer: { bpe: 300 }, context: 16 }',
      model: '{ gpt: { layers: 2, heads: 2, size: 16 } }',
      optimizer: '{ adamw: { learning-rate: 0.01 } }',
      epochs: '1',
    },
    text,
  );
  const model = place.path('text.onnx');
  const write = async (...more: string[]) => {
    const options = ['--prompt', 'First', '--tokens', '40', '--seed', '3', '--threads', '1', ...more];
    const end = await tributary(['generate', model, ...options]).end();
    expect(end).toMatchObject({ code: 0, stderr: '' });
    return end.stdout;
  };
  let stdout: string;

  beforeAll(async () => {
    const end = await tributary(['run', place.jobFile, '--workers', '2', '--runs', place.runs]).end();
    expect(end).toMatchObject({ code: 0 });
    stdout = end.stdout;
    const [run] = place.runIds();
    const exported = await tributary(['export', run!, '--runs', place.runs, '--out', model]).end();
    expect(exported).toMatchObject({ code: 0 });
    expect(exported.stdout).toContain('text.tokenizer.json: its tokenizer');
    expect(exported.stdout).toContain('text-generate.onnx: to write text token by token');
  });

  test('is reported with its perplexity, and what to do next is to write', () => {
    expect(stdout).toMatch(/perplexity/);
    expect(stdout).toMatch(/npx tributary generate .*model\.onnx/);
  });

  test('the tokenizer beside the model has as many tokens as were asked for', () => {
    expect(Tokenizer.parse(readFileSync(place.path('text.tokenizer.json'), 'utf8')).size).toBe(300);
  });

  test('the same seed writes the same, another seed and a temperature of 0 another text', async () => {
    const first = await write();
    expect(first.startsWith('First')).toBe(true);
    expect(first.length).toBeGreaterThan(45);
    expect(await write()).toBe(first);
    expect(await write('--seed', '4')).not.toBe(first);
    const likeliest = await write('--temperature', '0');
    expect(await write('--top-k', '1')).toBe(likeliest);
  });

  test('with kept keys and values, and with the whole window for each token, it is the same text', async () => {
    // As far as both see the same: from the start, until the context is full.
    const short = ['--tokens', '12', '--temperature', '0'];
    const kept = await write(...short);
    rmSync(place.path('text-generate.onnx'));
    expect(await write(...short)).toBe(kept);
  });

  test('a run is named instead of a file: it is exported first', async () => {
    const [run] = place.runIds();
    const end = await tributary([
      'generate',
      run!,
      '--runs',
      place.runs,
      '--tokens',
      '5',
      '--prompt',
      'O',
    ]).end();
    expect(end).toMatchObject({ code: 0 });
    expect(end.stdout.startsWith('O')).toBe(true);
    expect(existsSync(`${place.runs}/${run}/model-generate.onnx`)).toBe(true);
  });

  test.each([
    [['nothing.onnx'], /no file nothing\.onnx, and there is no run of that name/],
    [[model, '--temperature', '-1'], /not a number from 0 up/],
    [[model, '--prompt', ''], /The prompt has no token/],
  ])('refuses %j', async (args, message) => {
    const end = await tributary(['generate', ...args, '--runs', place.runs]).end();
    expect(end.code).not.toBe(0);
    expect(end.stderr).toMatch(message);
  });
});

test('words in columns, from the file to predictions of rows with new words', async () => {
  const towns = ['Rome', 'Corioli', 'Antium', 'York'];
  const rows = Array.from(
    { length: 160 },
    (_, row) => `${towns[row % 4]!},${row % 7},${row % 2 ? 'yes' : 'no'}`,
  );
  const place = new Workplace(
    {
      data: '{ source: rows.csv, target: { column: label }, features: { categories: [town] } }',
      model: '{ tabular: { hidden: [8] } }',
      optimizer: '{ adam: { learning-rate: 0.05 } }',
      epochs: '6',
    },
    `town,size,label\n${rows.join('\n')}\n`,
  );
  const end = await tributary(['run', place.jobFile, '--workers', '1', '--runs', place.runs]).end();
  expect(end).toMatchObject({ code: 0 });
  const model = `${place.runs}/${place.runIds()[0]}/model.onnx`;
  const predicted = await tributary(['predict', model, place.path('rows.csv'), '--target', 'label']).end();
  expect(predicted).toMatchObject({ code: 0, stderr: '' });
  expect(predicted.stdout).toContain('160 of 160 rows as the table says');
  writeFileSync(place.path('new.csv'), 'town,size\nHarfleur,3\nRome,3\n');
  const unknown = await tributary(['predict', model, place.path('new.csv'), '--csv']).end();
  expect(unknown).toMatchObject({
    code: 0,
    stderr: expect.stringMatching(/^warning: 1 word of column town is unknown to the model.*"Harfleur"\n$/),
  });
  expect(unknown.stdout.trim().split('\n')).toHaveLength(3);
  expect(unknown.stdout).toMatch(/^1,no,/m);
});

test('a classifier of texts, from the file to its predictions', async () => {
  const rows = Array.from({ length: 120 }, (_, row) =>
    row % 2 ? '"fine, I liked it",good' : '"bad, a bore",poor',
  );
  const place = new Workplace(
    {
      data: '{ source: rows.csv, target: { column: label }, features: { text: review, length: 12 } }',
      model: '{ layers: [{ embedding: { size: 4, vocabulary: 257 } }, flatten, { dense: 2 }] }',
      optimizer: '{ adam: { learning-rate: 0.05 } }',
      epochs: '4',
    },
    `review,label\n${rows.join('\n')}\n`,
  );
  const end = await tributary(['run', place.jobFile, '--workers', '1', '--runs', place.runs]).end();
  expect(end).toMatchObject({ code: 0 });
  const model = `${place.runs}/${place.runIds()[0]}/model.onnx`;
  const predicted = await tributary(['predict', model, place.path('rows.csv'), '--target', 'label']).end();
  expect(predicted).toMatchObject({ code: 0, stderr: '' });
  expect(predicted.stdout).toContain('120 of 120 rows as the table says');
});
